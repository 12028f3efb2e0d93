import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { defineActor } from "../../src/index.ts";
import { secretKeys } from "../../src/telemetry/logs/secret-keys.ts";
import { createLogger } from "../../src/telemetry.ts";
import { openSystem } from "../_support/actor-system.ts";
import { keepLines } from "../_support/log-lines.ts";

class Money {
  readonly #cents = 150;
  toJSON(): string {
    return `${this.#cents / 100} EUR`;
  }
}

class Keys {
  readonly #token = "t";
  get length(): number {
    return this.#token.length;
  }
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const getter = {
  get x(): never {
    throw new Error("no");
  },
  y: 1,
};

describe("a log line of a value with private state", () => {
  const values: Readonly<Record<string, readonly [value: unknown, shown: unknown]>> = {
    "an address": [new URL("http://host/path?page=2"), "http://host/path?page=2"],
    "an address with credentials": [new URL("http://u:pw@host/"), "http://[redacted]@host/"],
    headers: [new Headers({ authorization: "Bearer s3cret" }), {}],
    "a class that knows JSON": [new Money(), "1.5 EUR"],
    "a class that does not": [new Keys(), {}],
    "a buffer": [Buffer.from("hi"), { type: "Buffer", data: [104, 105] }],
    "a large buffer": [Buffer.alloc(1_048_576), "[1048576 bytes]"],
    "a typed array": [new Uint8Array([1, 2]), { 0: 1, 1: 2 }],
    "a large typed array": [new Float64Array(100_000), "[800000 bytes]"],
    "a getter that throws": [getter, { x: "[unreadable]", y: 1 }],
    "a revoked proxy": [revoked(), "[unreadable]"],
    "a big integer": [10n, 10],
    "a map": [new Map([["token", "t"]]), {}],
    "no prototype": [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    "no date": [new Date(Number.NaN), null],
  };
  for (const [name, [value, shown]] of Object.entries(values)) {
    it(`is written: ${name}`, () => {
      const { logger, line } = keepLines();

      logger.info({ value, list: [value], deep: { value } }, "said");

      assert.deepEqual(line()["value"], shown);
      assert.deepEqual(line()["list"], [shown]);
      assert.deepEqual(line()["deep"], { value: shown });
    });

    it(`is written where the value is all there is: ${name}`, () => {
      const { logger, written } = keepLines();

      logger.info(value as object, "said");
      logger.child({ value }).info("bound");
      logger.info("formatted %o %j %s", value as object, value as object, value);
      logger.error({ err: value });

      assert.equal(written.length, 4);
      for (const text of written) JSON.parse(text);
    });
  }

  it("does not throw into a handler", async () => {
    const { logger, line } = keepLines();
    await using open = openSystem({ logger });
    const caller = defineActor("caller", {
      handlers: {
        go(c) {
          c.log.info({ url: new URL("http://u:pw@h/x"), keys: new Keys(), getter }, "calling");
          return "ok";
        },
      },
    });

    const reply = await open.system.spawn(caller).ask.go();

    assert.equal(reply, "ok");
    assert.equal(line()["url"], "http://[redacted]@h/x");
  });

  it("marks circles and goes on", () => {
    const { logger, line } = keepLines();
    const circle: Record<string, unknown> = { name: "x" };
    circle["self"] = circle;

    logger.info({ circle }, "round");

    assert.deepEqual(line()["circle"], { name: "x", self: "[Circular]" });
  });
});

describe("a log line of an error that does not let itself be marked", () => {
  const errors: Readonly<Record<string, Error>> = {
    frozen: Object.freeze(new Error("no")),
    sealed: Object.seal(new Error("no")),
    "not extensible": Object.preventExtensions(new Error("no")),
    "with a getter that throws": Object.defineProperty(new Error("no"), "detail", {
      enumerable: true,
      get: () => assert.fail("looked at"),
    }),
  };
  for (const [name, error] of Object.entries(errors)) {
    it(`has the error: ${name}`, () => {
      const { logger, line } = keepLines();

      logger.error({ err: error }, "failed");

      const { type, message, stack } = line()["err"] as Record<string, unknown>;
      assert.deepEqual([type, message], ["Error", "no"]);
      assert.match(String(stack), /Error: no/);
    });

    it(`is the line of a failed actor as well: ${name}`, async () => {
      const { logger, written } = keepLines();
      await using open = openSystem({ logger });
      const clumsy = defineActor("clumsy", {
        handlers: {
          boom() {
            throw error;
          },
          ping: () => "pong",
        },
      });
      const ref = open.system.spawn(clumsy);
      ref.tell.boom();
      await ref.ask.ping();

      const failed = written.find((text) => text.includes('"actor.failed"'));

      assert.match(failed ?? "", /"err":\{"type":"Error","message":"no"/);
    });
  }
});

describe("a log line", () => {
  it("is what JSON.stringify makes of its fields", () => {
    const { logger, written } = keepLines();
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 9 }), fc.jsonValue({ maxDepth: 5 })),
        (bag) => {
          const name = "__given";
          logger.info({ [name]: bag }, "said");

          const text = written.at(-1) ?? "";
          const json = JSON.stringify(bag);
          fc.pre(!secretKeys.mayBeIn(json) && !/=|:\/\//.test(json));
          assert.ok(text.includes(`"${name}":${json},"msg":"said"`), text);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("is written regardless of what the options of the user's throw", () => {
    const fail = (): never => {
      throw new Error("no");
    };
    const { logger, written } = keepLines({
      pino: {
        mixin: fail,
        timestamp: () => ',"time":1',
        serializers: { order: fail, msg: fail },
        formatters: { log: fail },
        hooks: { logMethod: fail, streamWrite: fail },
      },
    });

    logger.info({ order: { id: 1 } }, "said");
    logger.child({ order: { id: 2 } }, { formatters: { bindings: fail } }).info("child");

    assert.match(written[0] ?? "", /"order":\{"id":1\},"msg":"said"\}\n$/);
    assert.match(written[1] ?? "", /"msg":"child"/);
  });

  it("does not throw when its destination does", () => {
    const full = (): never => {
      throw new Error("no space left on device");
    };
    const broken = createLogger({ destination: { write: full } });

    assert.doesNotThrow(() => broken.info("said"));
  });
});

describe("a log line that is too long", () => {
  it("keeps its bounds, its text and who wrote it, and says what was cut", () => {
    const { logger, written, line } = keepLines();
    const rows = Array.from({ length: 50_000 }, (_, at) => ({ id: at, text: "row" }));
    const values = {
      text: "x".repeat(6_000_000),
      rows,
      wide: Object.fromEntries(rows.map(({ id }) => [`key${id}`, id])),
      unicode: "€".repeat(1_000_000),
      buffer: Buffer.alloc(1_000_000),
    };

    for (const [name, value] of Object.entries(values)) {
      logger.info({ order: 7, [name]: value }, "kept");
      assert.ok(Buffer.byteLength(written.at(-1) ?? "") <= 65_536, name);
      assert.deepEqual([line()["order"], line()["msg"]], [7, "kept"], name);
      assert.deepEqual((line()["log.truncated"] as string[]).at(0)?.split(".")[0], name);
    }
    logger.info(values, "y".repeat(1_000_000));
    assert.ok(Buffer.byteLength(written.at(-1) ?? "") <= 65_536);
    assert.match(String(line()["msg"]), /^y{1000,}…\[\d+ more characters\]$/);
  });

  it("is cut where the logger says", () => {
    const { logger, written } = keepLines({ maxLineBytes: 2_048 });

    logger.info({ a: "x".repeat(900), b: "y".repeat(5_000), c: 1 }, "short");

    assert.ok((written[0] ?? "").length <= 2_048);
    assert.match(written[0] ?? "", /"log\.truncated":\["b"/);
  });

  it("refuses bounds that make no sense", () => {
    for (const maxLineBytes of [0, 1, Number.NaN, 1e12]) {
      assert.throws(() => keepLines({ maxLineBytes }), { code: "ERR_INVALID_OPTION" });
    }
  });

  it("ends, however deep it is", () => {
    const { logger, line } = keepLines();
    let deep: unknown = "bottom";
    for (let level = 0; level < 30_000; level += 1) deep = { deep };

    logger.info({ deep }, "well");

    assert.match(JSON.stringify(line()["deep"]), /\[…\]/);
    assert.equal(line()["msg"], "well");
  });
});
