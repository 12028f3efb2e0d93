import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Redaction } from "../../src/console/record/redaction.ts";

const redaction = new Redaction(["Iban"]);

describe("a view of a state", () => {
  it("is plain JSON, regardless of what is in it", () => {
    class Account {
      balance = 3;
      readonly #hidden = 1;
      get peek(): number {
        return this.#hidden;
      }
    }
    const view = redaction.view({
      none: undefined,
      nothing: null,
      big: 10n,
      nan: Number.NaN,
      symbol: Symbol("s"),
      code: () => 1,
      date: new Date(0),
      never: new Date(Number.NaN),
      error: new TypeError("bad"),
      map: new Map<unknown, unknown>([
        ["a", 1],
        [{ key: 1 }, "token"],
      ]),
      set: new Set([1, "two"]),
      bytes: new Uint8Array(3),
      account: new Account(),
      list: [1, [2]],
    });
    assert.deepEqual(view, {
      none: null,
      nothing: null,
      big: "10n",
      nan: "NaN",
      symbol: "Symbol(s)",
      code: "[function]",
      date: "1970-01-01T00:00:00.000Z",
      never: null,
      error: "TypeError: bad",
      map: { a: 1, "[object Object]": "token" },
      set: [1, "two"],
      bytes: "[3 bytes]",
      account: { balance: 3 },
      list: [1, [2]],
    });
  });

  it("has no secrets, at any depth and in maps too", () => {
    const secrets = { Password: 1, TOKEN: 2, iban: 3, api_key: 4, fine: 5 };
    const blank = "[redacted]";
    const blanked = { Password: blank, TOKEN: blank, iban: blank, api_key: blank, fine: 5 };
    assert.deepEqual(redaction.view({ deep: [secrets] }), { deep: [blanked] });
    assert.deepEqual(redaction.view(new Map(Object.entries(secrets))), blanked);
    assert.deepEqual(redaction.blank({ deep: [secrets] }), { deep: [blanked] });
  });

  it("runs no code of what it shows", () => {
    let ran = 0;
    const trap = {
      get value() {
        ran += 1;
        return 1;
      },
      toJSON() {
        ran += 1;
      },
      toString() {
        ran += 1;
        return "";
      },
    };
    const view = redaction.view({ trap }) as { trap: Record<string, unknown> };
    assert.deepEqual([view.trap["value"], ran], ["[getter]", 0]);
  });

  it("ends, however long, deep or circular it is", () => {
    const circle: Record<string, unknown> = { name: "x" };
    circle["self"] = circle;
    assert.deepEqual(redaction.view(circle), { name: "x", self: "[circular]" });
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level += 1) deep = { deep };
    assert.match(JSON.stringify(redaction.view(deep)), /\[…\]/);
    const list = redaction.view(Array.from({ length: 1_000 }, (_, at) => at)) as unknown[];
    assert.deepEqual([list.length, list.at(-1)], [101, "[900 more]"]);
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`k${at}`, at]));
    assert.equal((redaction.view(many) as Record<string, unknown>)["…"], "[50 more]");
    assert.ok((redaction.view("x".repeat(10_000)) as string).length < 2_100);
    const wide = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => ["x"]));
    assert.ok(JSON.stringify(redaction.view(wide)).length < 100_000);
    const proxy = new Proxy(
      {},
      {
        ownKeys() {
          throw new TypeError("no");
        },
      },
    );
    assert.deepEqual(redaction.view({ proxy }), { proxy: "[unreadable]" });
  });

  it("can be written as JSON, of anything", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withSet: true }), (value) => {
        const text = JSON.stringify(redaction.view(value));
        assert.equal(typeof text, "string");
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(JSON.parse(text))));
      }),
    );
  });
});
