import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { toError } from "../../src/base/errors.ts";
import { defineActor, errorType, LimelightError } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";
import { codeOf, until } from "../_support/actor-waiting.ts";

/** As of a client whose error reads the status of a response that never came. */
class ApiError extends Error {
  readonly response: { readonly status: string } | undefined = undefined;
  get code(): string {
    return (this.response as unknown as { readonly status: string }).status;
  }
}

function throwingGetter(key: string): Error {
  return Object.defineProperty(new Error("unreadable"), key, {
    get() {
      throw new Error(`no ${key}`);
    },
  });
}

function revokedError(): unknown {
  const { proxy, revoke } = Proxy.revocable(new Error("gone"), {});
  revoke();
  return proxy;
}

const errors: Readonly<Record<string, () => unknown>> = {
  "with a class whose code throws": () => new ApiError("down"),
  ...Object.fromEntries(
    ["code", "name", "message", "stack", "cause", "constructor"].map((key) => [
      `with a ${key} that throws`,
      () => throwingGetter(key),
    ]),
  ),
  "with a name without text": () =>
    Object.assign(new Error("odd"), { name: { toString: () => assert.fail("asked") } }),
  "with symbols": () =>
    Object.assign(new Error("odd"), { name: Symbol("n"), message: Symbol("m") }),
  "behind a revoked proxy": revokedError,
  "behind a proxy that hides its prototype": () =>
    new Proxy(new Error("odd"), { getPrototypeOf: () => assert.fail("asked") }),
  "behind a proxy that throws": () =>
    new Proxy(new Error("odd"), { get: () => assert.fail("read") }),
  "with a `then`": () =>
    // biome-ignore lint/suspicious/noThenProperty: an error that passes for a promise
    Object.assign(new Error("odd"), { then: (resolve: (value: unknown) => void) => resolve(1) }),
  frozen: () => Object.freeze(new Error("cold")),
  "of another realm": () => runInNewContext("new TypeError('elsewhere')") as unknown,
};

interface Broken {
  readonly at: string;
  readonly error: unknown;
}

const fragile = defineActor("fragile", {
  state: (broken: Broken) => {
    if (broken.at === "state") throw broken.error;
    return broken;
  },
  onStart({ state: { at, error } }) {
    if (at === "onStart") throw error;
  },
  onStop({ state: { at, error } }) {
    if (at === "onStop") throw error;
  },
  handlers: {
    sync({ state }): void {
      throw state.error;
    },
    async async({ state }): Promise<void> {
      await Promise.resolve();
      throw state.error;
    },
    later(c) {
      const reply = c.delegateReply<void>();
      const { error } = c.state;
      setImmediate(() => reply.reject(error));
      return reply;
    },
    task: (c) => void c.spawnTask("work", () => Promise.reject(c.state.error)),
    timer(c) {
      c.after("tick", 0, () => {
        throw c.state.error;
      });
    },
    ping: () => "pong",
  },
});

const QUIET: Broken = { at: "nowhere", error: new Error("quiet") };

describe("an error that cannot be read", () => {
  for (const [what, make] of Object.entries(errors)) {
    for (const message of ["sync", "async", "later"] as const) {
      it(`reaches the asker as it is: ${what}, ${message}`, async () => {
        await using open = openSystem();
        const error = make();
        const ref = open.system.spawn(fragile, { input: { ...QUIET, error } });

        const caught = await ref.ask[message]().then(
          () => assert.fail("it was fulfilled"),
          (thrown: unknown) => [thrown],
        );

        assert.ok(Object.is((caught as unknown[])[0], error));
        assert.equal(await ref.ask.ping(), "pong");
      });
    }

    for (const message of ["sync", "async", "task", "timer"] as const) {
      it(`restarts the actor as any error does: ${what}, ${message}`, async () => {
        await using open = openSystem();
        const ref = open.system.spawn(fragile, { input: { ...QUIET, error: make() } });

        ref.tell[message]();
        await until(() => open.telemetry.logs().some(({ msg }) => msg === "actor restarted"));

        assert.equal(await ref.ask.ping(), "pong");
        assert.equal(await open.telemetry.value("actor.failures"), 1);
        assert.equal(await open.telemetry.value("actor.restarts"), 1);
      });
    }

    for (const at of ["state", "onStart"]) {
      it(`is the cause of a failed start: ${what}, ${at}`, async () => {
        await using open = openSystem();
        const error = make();

        const ref = open.system.spawn(fragile, { input: { at, error } });

        const failed = await ref.whenReady().catch((thrown: unknown) => thrown as LimelightError);
        assert.equal(failed?.code, "ERR_START_FAILED");
        assert.ok(Object.is(failed?.cause, toError(error)) || isWrapped(failed?.cause, error));
      });
    }

    it(`ends a stop well: ${what}`, async () => {
      await using open = openSystem();
      const ref = open.system.spawn(fragile, { input: { at: "onStop", error: make() } });
      await ref.whenReady();

      await ref.stop();

      assert.equal(await ref.whenStopped(), "normal");
      assert.equal(
        await open.telemetry.value("actor.failures", { "actor.failure.phase": "stop" }),
        1,
      );
    });

    it(`has a type from a closed vocabulary: ${what}`, () => {
      assert.match(errorType(make()), /^[A-Za-z_$][\w$]{0,63}$/);
      assert.equal(LimelightError.is(make()), false);
    });
  }
});

function isWrapped(cause: unknown, error: unknown): boolean {
  return LimelightError.is(cause) && Object.is(cause.cause, error);
}

describe("an error of another realm", () => {
  it("is an error, by its own class and code", async () => {
    await using open = openSystem();
    const error = runInNewContext(
      "Object.assign(new TypeError('boom'), { code: 'ECONNREFUSED' })",
    ) as unknown;
    const ref = open.system.spawn(fragile, { input: { ...QUIET, error } });

    const code = await codeOf(ref.ask.async());

    assert.equal(code, "ECONNREFUSED");
    assert.equal(errorType(error), "ECONNREFUSED");
    assert.equal(toError(error), error);
    assert.equal(errorType(runInNewContext("new RangeError('far')")), "RangeError");
  });

  it("is one when a promise of that realm rejects with it", async () => {
    await using open = openSystem();
    const reject = runInNewContext("() => Promise.reject(new TypeError('boom'))") as () => never;
    const foreign = defineActor("foreign", { handlers: { go: () => reject() } });

    await assert.rejects(open.system.spawn(foreign).ask.go(), { name: "TypeError" });

    const failed = await open.telemetry.points("actor.ask.duration");
    assert.deepEqual(failed.map(({ attributes }) => attributes["error.type"]).filter(Boolean), [
      "TypeError",
    ]);
  });
});

describe("the kinds of errors of one actor type", () => {
  it("are as many as documented, over all of its messages", async () => {
    await using open = openSystem();
    const fail = (_c: unknown, kind: number): never => {
      throw Object.assign(new Error("x"), { name: `E${kind}` });
    };
    const names = Array.from({ length: 20 }, (_, at) => `m${at}`);
    const handlers = Object.fromEntries(names.map((name) => [name, fail]));
    const ref = open.system.spawn(defineActor("many", { handlers }));
    let kind = 0;
    for (const name of names) {
      for (let at = 0; at < 5; at += 1) {
        await ref.ask[name]?.(kind).catch(() => {});
        kind += 1;
      }
    }

    const kinds = new Set<unknown>();
    for (const metric of ["actor.message.process.duration", "actor.ask.duration"]) {
      for (const { attributes } of await open.telemetry.points(metric)) {
        if (attributes["error.type"] !== undefined) kinds.add(attributes["error.type"]);
      }
    }

    assert.equal(kinds.size, 17);
    assert.ok(kinds.has("_OTHER"));
  });
});
