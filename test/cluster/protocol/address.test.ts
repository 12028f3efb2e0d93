import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeActorKey, requireActorKey } from "../../../src/activation/definition/actor-key.ts";
import { addressOf, fromToken, ownerAt, toToken } from "../../../src/cluster/protocol/address.ts";
import { LIMITS } from "../../../src/cluster/protocol/limits.ts";
import { HOSTILE_KEYS } from "../../_support/hostile-keys.ts";
import { keys } from "../../_support/store-model.ts";

const TOKEN = /^[\w=-]+$/;
const texts = fc.oneof(
  keys,
  fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => text.isWellFormed()),
  fc.constantFrom(...HOSTILE_KEYS.flat(), "", "=", "==", "=41", "==YQ", "x".repeat(2_000)),
);

describe("the token of a text", () => {
  it("has no character that means something in a subject, and leads back to the text", () => {
    fc.assert(
      fc.property(texts, (text) => {
        assert.match(toToken(text), TOKEN);
        assert.equal(fromToken(toToken(text)), text);
      }),
    );
  });

  it("is another one for another text", () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        assert.equal(toToken(one) === toToken(other), one === other);
      }),
    );
  });

  it("is short for a long text of many bytes", () => {
    assert.ok(toToken("😀".repeat(256)).length < 1_400);
    assert.equal(fromToken(toToken("😀".repeat(256))), "😀".repeat(256));
  });

  it("of any other form has no text", () => {
    for (const token of ["a.b", "=", "=4", "=zz", "=61", "==YQ", "===", "== ", "a*", "ä"]) {
      assert.equal(fromToken(token), token === "=" ? "" : undefined, token);
    }
  });
});

describe("the address of an actor", () => {
  it("exists for every key of the longest kind, and leads back to it", () => {
    const longest = ["x".repeat(1_024), "ü".repeat(512), "/".repeat(1_024), "\0".repeat(1_024)];
    for (const key of [...longest, Array.from({ length: 16 }, () => "~".repeat(64))]) {
      const owner = { type: `t${".".repeat(62)}t`, keyText: encodeActorKey(requireActorKey(key)) };
      const address = addressOf(owner);
      assert.ok(address.length <= LIMITS.addressLength, `${address.length} characters`);
      assert.deepEqual(ownerAt(address), owner);
    }
  });

  it("has a type and a key", () => {
    for (const text of ["a.=", "=.a", "a", "a.b.c", ".a", "a.", "a.==YQ"]) {
      assert.equal(ownerAt(text), undefined, text);
    }
  });
});
