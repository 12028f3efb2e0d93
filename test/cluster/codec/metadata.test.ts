import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireLabels, requireMetadata } from "../../../src/cluster/codec/metadata.ts";
import { LIMITS } from "../../../src/cluster/protocol/limits.ts";

function nested(depth: number): unknown {
  return depth === 1 ? {} : { a: nested(depth - 1) };
}

function keys(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, at]));
}

describe("metadata of a runner", () => {
  it("is copied and frozen, with all of its values", () => {
    const given = { build: { commit: "abc", tags: ["a", 1, null, true, -0] } };

    const metadata = requireMetadata(given);

    assert.deepEqual(metadata, { build: { commit: "abc", tags: ["a", 1, null, true, 0] } });
    assert.ok(Object.isFrozen(metadata) && Object.isFrozen(metadata["build"]));
    given.build.commit = "changed";
    assert.deepEqual((metadata["build"] as { commit: string }).commit, "abc");
  });

  it("may have exactly as much as is allowed", () => {
    requireMetadata(nested(LIMITS.metadataDepth));
    requireMetadata(keys(LIMITS.metadataKeys));
    requireMetadata({ a: "x".repeat(LIMITS.metadataBytes - '{"a":""}'.length) });
  });

  const refused: readonly (readonly [name: string, value: unknown, message: RegExp])[] = [
    ["no object", [], /^metadata must be an object$/],
    ["nothing", undefined, /^metadata must be an object$/],
    ["a text", "{}", /^metadata must be an object$/],
    ["a map", new Map(), /^metadata must be an object$/],
    ["depth 9", nested(LIMITS.metadataDepth + 1), /^metadata(\.a){8} is nested more than 8 levels/],
    ["129 keys", keys(LIMITS.metadataKeys + 1), /^metadata has more than 128 keys$/],
    ["129 keys in parts", { a: keys(100), b: keys(100) }, /^metadata\.b has more than 128 keys$/],
    ["16 KiB and a byte", { a: "x".repeat(16_377) }, /^metadata has 16385 bytes as JSON/],
    ["many bytes in few characters", { a: "€".repeat(6_000) }, /^metadata has 18008 bytes/],
    ["a key with a space", { "a b": 1 }, /^metadata has a key that is not/],
    ["an empty key", { a: { "": 1 } }, /^metadata\.a has a key that is not/],
    ["a long key", { ["k".repeat(65)]: 1 }, /^metadata has a key that is not/],
    ["__proto__", JSON.parse('{"__proto__":{"admin":true}}'), /key that changes prototypes/],
    ["constructor", { a: { constructor: 1 } }, /^metadata\.a has a key that changes prototypes/],
    ["half a surrogate pair", { a: ["\ud800"] }, /^metadata\.a\[0\] has half a surrogate pair$/],
    ["NaN", { a: Number.NaN }, /^metadata\.a must be a finite number$/],
    ["a date", { a: new Date(0) }, /^metadata\.a must be JSON$/],
    ["a function", { a: () => 1 }, /^metadata\.a must be JSON$/],
    ["undefined", { a: undefined }, /^metadata\.a must be JSON$/],
    ["a hole", { a: new Array(1) }, /^metadata\.a\[0\] must be JSON$/],
  ];
  for (const [name, value, message] of refused) {
    it(`is refused with path and rule: ${name}`, () => {
      assert.throws(() => requireMetadata(value), { code: "ERR_METADATA_INVALID", message });
    });
  }
});

describe("labels of a runner", () => {
  it("are copied and frozen", () => {
    const labels = requireLabels({ zone: "a" });

    assert.deepEqual(labels, { zone: "a" });
    assert.ok(Object.isFrozen(labels));
  });

  const refused: readonly (readonly [name: string, value: unknown, message: RegExp])[] = [
    ["no object", "zone=a", /^labels must be an object$/],
    ["a number", { zone: 1 }, /^labels\.zone must be a text$/],
    ["an empty text", { zone: "" }, /^labels\.zone must have 1 to 256 characters$/],
    ["a long text", { zone: "x".repeat(257) }, /^labels\.zone must have 1 to 256/],
    ["half a surrogate pair", { zone: "\udfff" }, /^labels\.zone has half a surrogate pair$/],
    ["a bad key", { "a/b": "x" }, /^labels has a key that is not/],
    [
      "65 labels",
      Object.fromEntries(Object.keys(keys(65)).map((key) => [key, "x"])),
      /^labels has 65/,
    ],
  ];
  for (const [name, value, message] of refused) {
    it(`are refused with path and rule: ${name}`, () => {
      assert.throws(() => requireLabels(value), { code: "ERR_METADATA_INVALID", message });
    });
  }
});
