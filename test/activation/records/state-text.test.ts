import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { jsonFault } from "../../../src/activation/records/json-fault.ts";
import {
  decodeValue,
  looseText,
  requireStorable,
  storableText,
} from "../../../src/activation/records/state-text.ts";

const rules = { root: "state", maxBytes: 1_000 };

function nested(depth: number): object {
  let value: object = {};
  for (let level = 1; level < depth; level += 1) value = { a: value };
  return value;
}

const cyclic: { items: unknown[] } = { items: [1] };
cyclic.items.push({ parent: cyclic });
const revoked = Proxy.revocable({}, {});
revoked.revoke();
class User {
  name = "alice";
}
class Stack extends Array<number> {}

describe("a state", () => {
  it("that is JSON is stored as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const { text, sizeBytes } = storableText(value, { root: "state", maxBytes: 1_000_000 });
        assert.deepEqual(
          decodeValue("s", Buffer.from(text)),
          JSON.parse(JSON.stringify(value)) as unknown,
        );
        assert.equal(sizeBytes, Buffer.from(text).byteLength);
      }),
    );
  });

  it("may have properties that are undefined, which are left out", () => {
    assert.equal(storableText({ a: undefined, b: 1 }, rules).text, '{"b":1}');
  });

  it("may have long lists of anything that can be stored", () => {
    const list = Array.from({ length: 1_000 }, (_, at) => [at, `${at}`, { at }, null][at % 4]);

    const { text } = storableText({ list }, { ...rules, maxBytes: 100_000 });

    assert.deepEqual(decodeValue("s", Buffer.from(text)), { list });
  });

  it("has 0 where it had -0", () => {
    assert.equal(storableText({ n: -0 }, rules).text, '{"n":0}');
  });

  it("may have the same object in two places", () => {
    const shared = { x: 1 };

    assert.equal(storableText({ a: shared, b: [shared, shared] }, rules).sizeBytes, 35);
  });

  it("may have objects without a prototype, and of another realm", () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    const foreign: unknown = runInNewContext("({ list: [{ a: 1 }], text: 'x' })");

    assert.equal(jsonFault("state", bare), undefined);
    assert.equal(jsonFault("state", foreign), undefined);
  });

  it("may have the name of a prototype as a key, and changes no prototype", () => {
    const state: unknown = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}');

    const { text } = storableText(state, rules);

    assert.equal(text, '{"__proto__":{"polluted":true},"constructor":1}');
    assert.deepEqual(decodeValue("s", Buffer.from(text)), state);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  it("keeps half of a surrogate pair in a text", () => {
    const { text } = storableText({ text: "a\uD800" }, rules);

    assert.deepEqual(decodeValue("s", Buffer.from(text)), { text: "a\uD800" });
  });

  const refused: readonly (readonly [what: string, state: unknown, says: string])[] = [
    ["a Date", { items: [0, 1, 2, { at: new Date(0) }] }, "state.items[3].at is a Date"],
    ["a Map", { map: new Map() }, "state.map is a Map"],
    ["a Set", { set: new Set() }, "state.set is a Set"],
    ["a bigint", { id: 1n }, "state.id is a bigint"],
    ["NaN", { price: Number.NaN }, "state.price is NaN"],
    ["Infinity", [Number.NEGATIVE_INFINITY], "state[0] is -Infinity"],
    ["a class instance", { user: new User() }, "state.user is a User"],
    [
      "an instance of a class without a name",
      { it: new (class {})() },
      "state.it is a class instance",
    ],
    ["a subclass of Array", { stack: new Stack() }, "state.stack is a Stack"],
    ["an Error", { last: new Error("no") }, "state.last is an Error"],
    ["a promise that was not awaited", { user: Promise.resolve() }, "state.user is a Promise"],
    ["bytes", { data: new Uint8Array(3) }, "state.data is a Uint8Array"],
    ["a function", { callback: () => 1 }, "state.callback is a function"],
    ["a toJSON of its own", { toJSON: () => 1 }, "state.toJSON is a function"],
    ["a symbol", { kind: Symbol("a") }, "state.kind is a symbol"],
    ["a symbol as a key", { list: { [Symbol("a")]: 1 } }, "state.list has a symbol as a key"],
    ["undefined in a list", { list: [1, undefined] }, "state.list[1] is undefined"],
    ["a hole in a list", { list: Object.assign(Array(2), { 1: 1 }) }, "state.list[0] is undefined"],
    ["a list of 4 billion holes", { list: Array(2 ** 32 - 1) }, "state.list[0] is undefined"],
    ["a cycle", cyclic, "state.items[1].parent refers to an object that contains it"],
    ["a boxed number", { n: Object(1) as unknown }, "state.n is a Number"],
    ["a RegExp", /a/, "state is a RegExp"],
    ["a revoked proxy", { user: revoked.proxy }, "state.user throws when it is read"],
    [
      "a key that is no name",
      { "first name": { "a\n": 1n } },
      'state["first name"]["a\\n"] is a bigint',
    ],
    [
      "a getter",
      {
        get total() {
          return 1;
        },
      },
      "state.total is an accessor",
    ],
    ["a setter", { set total(_value: number) {} }, "state.total is an accessor"],
    [
      "a property that is not enumerable",
      { user: Object.defineProperty({ name: "a" }, "secret", { value: 1 }) },
      "state.user.secret is not enumerable",
    ],
    [
      "a toJSON that is not enumerable",
      { user: Object.defineProperty({}, "toJSON", { value: () => 1 }) },
      "state.user.toJSON is not enumerable",
    ],
    [
      "a name on a list",
      { list: Object.assign([1, 2], { total: 3 }) },
      "state.list has properties besides its elements",
    ],
    [
      "a symbol on a list",
      { list: Object.assign([1, 2], { [Symbol("a")]: 3 }) },
      "state.list has properties besides its elements",
    ],
    [
      "a toJSON on a list",
      { list: Object.defineProperty([1], "toJSON", { value: () => 1 }) },
      "state.list has properties besides its elements",
    ],
    [
      "a name on a long list",
      { list: Object.assign(Array(1_000).fill(1), { total: 3 }) },
      "state.list has properties besides its elements",
    ],
    [
      "a symbol on a long list",
      { list: Object.assign(Array(1_000).fill({}), { [Symbol("a")]: 3 }) },
      "state.list has properties besides its elements",
    ],
    [
      "a toJSON on a long list",
      { list: Object.defineProperty(Array(1_000).fill(1), "toJSON", { value: () => 1 }) },
      "state.list has properties besides its elements",
    ],
    [
      "a getter that throws",
      {
        inner: {
          get boom(): number {
            throw new Error("no");
          },
        },
      },
      "state.inner.boom is an accessor",
    ],
  ];
  for (const [what, state, says] of refused) {
    it(`is refused with its path: ${what}`, () => {
      assert.throws(() => storableText(state, rules), {
        code: "ERR_STATE_INVALID",
        name: "LimelightError",
        message: `state cannot be stored: ${says}`,
      });
    });
  }

  it("is refused if it is undefined", () => {
    assert.throws(() => storableText(undefined, rules), {
      message: "state cannot be stored: state is undefined",
    });
    assert.equal(looseText(undefined, rules), undefined);
    assert.throws(() => storableText(() => 1, rules), { message: /state is a function/ });
  });

  it("is refused if it is nested too deep, at 1,001 or 100,000 levels, without exceeding the stack", () => {
    assert.ok(storableText(nested(1_000), { ...rules, maxBytes: 10_000 }).sizeBytes > 5_000);
    for (const depth of [1_001, 100_000]) {
      assert.throws(() => storableText(nested(depth), { ...rules, maxBytes: 1_000_000 }), {
        code: "ERR_STATE_INVALID",
        message:
          "state cannot be stored: state.a.a.a.a.a.a….a.a.a.a.a.a is nested in more than 1000 objects",
      });
    }
  });

  it("is refused if it is too large, in bytes of UTF-8", () => {
    const state = { text: "я".repeat(495) };

    assert.throws(() => storableText(state, rules), {
      code: "ERR_STATE_TOO_LARGE",
      message: "state has 1001 bytes as JSON, of at most 1000",
    });
    assert.equal(storableText(state, { ...rules, maxBytes: 1_001 }).sizeBytes, 1_001);
  });

  it("is checked only after a change of its text", () => {
    const state = { at: new Date(0) };

    const text = looseText(state, rules);

    assert.equal(text, '{"at":"1970-01-01T00:00:00.000Z"}');
    assert.throws(() => requireStorable(state, text ?? "", rules), { code: "ERR_STATE_INVALID" });
  });

  it("is refused with the codes that are given", () => {
    const given = {
      root: "arguments",
      maxBytes: 4,
      invalid: "ERR_INVALID_SCHEDULE",
      tooLarge: "ERR_QUEUE_MESSAGE_TOO_LARGE",
    } as const;

    assert.throws(() => storableText([1n], given), {
      code: "ERR_INVALID_SCHEDULE",
      message: "arguments cannot be stored: arguments[0] is a bigint",
    });
    assert.throws(() => storableText("long", given), { code: "ERR_QUEUE_MESSAGE_TOO_LARGE" });
  });
});

describe("a stored state", () => {
  it("that is damaged is refused with its key", () => {
    for (const bytes of [Buffer.from("{"), Buffer.from([0x22, 0xc3, 0x22]), Buffer.from("")]) {
      assert.throws(() => decodeValue("s/cart/a", bytes), {
        code: "ERR_STORE_CORRUPT",
        key: "s/cart/a",
      });
    }
  });
});
