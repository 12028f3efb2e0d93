import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  decodeActorKey,
  encodeActorKey,
  encodeKeyPrefix,
  requireActorKey,
} from "../../../src/activation/definition/actor-key.ts";
import type { ActorKey } from "../../../src/index.ts";

/** Parts that are easy to get wrong: the separators, NUL, names of objects, paths, several scripts. */
const HARD = ["~", "/", ",", "~0", "\0", "__proto__", "../etc", "a b", "ключ", "😀", "\u{10FFFF}"];
const parts = fc.oneof(
  fc.array(fc.constantFrom(...HARD), { minLength: 1, maxLength: 4 }).map((list) => list.join("")),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
);
const keys = fc.array(parts, { minLength: 1, maxLength: 16 });

const invalidKey = { code: "ERR_INVALID_KEY", name: "UsageError" };

describe("a key", () => {
  it("is a text or its parts, which are the same key", () => {
    assert.deepEqual(requireActorKey("alice"), ["alice"]);
    assert.deepEqual(requireActorKey(["alice"]), ["alice"]);
    assert.equal(encodeActorKey(requireActorKey("a,b")), encodeActorKey(requireActorKey(["a,b"])));
    assert.notEqual(encodeActorKey(["a,b"]), encodeActorKey(["a", "b"]));
  });

  it("is copied and frozen", () => {
    const given = ["lobby", "de"];

    const key = requireActorKey(given);
    given[0] = "other";

    assert.deepEqual(key, ["lobby", "de"]);
    assert.ok(Object.isFrozen(key));
  });

  it("may have 1,024 bytes and 16 parts", () => {
    assert.equal(requireActorKey("я".repeat(512)).length, 1);
    assert.equal(requireActorKey(Array(16).fill("x".repeat(64))).length, 16);
  });

  const refused: readonly (readonly [what: string, key: unknown, says: RegExp])[] = [
    ["an empty text", "", /part 1 of key "" is empty/],
    ["no parts", [], /at least one part/],
    ["an empty part", ["a", ""], /part 2 of key "a","" is empty/],
    ["10 KiB", "x".repeat(10_240), /has more than 1024 bytes/],
    ["1,025 bytes in 1,024 characters", `${"x".repeat(1_023)}я`, /has more than 1024 bytes/],
    ["17 parts", Array(17).fill("a"), /at most 16 parts, not 17/],
    ["half a surrogate pair", "a\uD800", /half a surrogate pair/],
    ["a number", 7, /not number/],
    ["null", null, /not null/],
    [
      "a part that is no string",
      ["a", undefined],
      /part 2 of a key must be a string, not undefined/,
    ],
    ["a hole", Array(2), /part 1 of a key must be a string, not undefined/],
  ];
  for (const [what, key, says] of refused) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => requireActorKey(key as ActorKey), { ...invalidKey, message: says });
    });
  }

  it("has an error on one short line, regardless of what was given", () => {
    assert.throws(
      () => requireActorKey("\n\0\u2028".repeat(2_000)),
      ({ message }: Error) => message.length < 200 && !/[\n\0\u2028]/.test(message),
    );
  });
});

describe("the text of a key", () => {
  it("is readable, and has no slash", () => {
    assert.equal(encodeActorKey(["plant-1", "pump 7"]), "plant-1,pump 7");
    assert.equal(encodeActorKey(["a/b", "~", "x,y"]), "a~1b,~0,x~2y");
  });

  it("gives the parts back, for any key", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const text = encodeActorKey(key);
        assert.ok(!text.includes("/"));
        assert.deepEqual(decodeActorKey(text), key);
      }),
    );
  });

  it("is refused if it is not the text of a key", () => {
    for (const text of ["", ",", "a,", "a/b", "~", "a~3", "~x"]) {
      assert.equal(decodeActorKey(text), undefined, text);
    }
  });
});

describe("the prefix of a listing", () => {
  it("is that of the first part's text, for a text", () => {
    fc.assert(
      fc.property(keys, parts, (key, prefix) => {
        const isListed = encodeActorKey(key).startsWith(encodeKeyPrefix(prefix));
        assert.equal(isListed, (key[0] ?? "").startsWith(prefix));
      }),
    );
  });

  it("lists what is below its parts, for parts", () => {
    const few = fc.array(fc.constantFrom("a", "b", "a,", "~"), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(few, few, (key, prefix) => {
        const isListed = encodeActorKey(key).startsWith(encodeKeyPrefix(prefix));
        const isBelow = key.length > prefix.length && prefix.every((part, at) => key[at] === part);
        assert.equal(isListed, isBelow);
      }),
    );
  });

  it("lists everything if it is empty", () => {
    assert.equal(encodeKeyPrefix(), "");
    assert.equal(encodeKeyPrefix(""), "");
    assert.equal(encodeKeyPrefix([]), "");
  });

  it("is refused as a key is", () => {
    assert.throws(() => encodeKeyPrefix("x".repeat(1_025)), invalidKey);
    assert.throws(() => encodeKeyPrefix(["a", ""]), invalidKey);
    assert.throws(() => encodeKeyPrefix("\uDC00"), invalidKey);
  });
});
