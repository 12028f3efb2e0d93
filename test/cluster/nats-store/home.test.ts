import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  exceptionHome,
  keyAt,
  keyIn,
  locate,
  ownerAt,
  StreamKind,
} from "../../../src/cluster/nats-store/home.ts";
import { HOSTILE_KEYS } from "../../_support/hostile-keys.ts";
import { keys } from "../../_support/store-model.ts";

const TOKEN = /^[\w=-]+$/;
const texts = fc.oneof(
  keys,
  fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => text.isWellFormed()),
  fc.constantFrom(...HOSTILE_KEYS.flat(), "", "=", "==", "=41", "==YQ", "x".repeat(2_000)),
);

describe("the home of a key", () => {
  it("is one for all records of an actor", () => {
    const all = ["m/cart/a", "s/cart/a", "t/cart/a/1", "q/cart/a/x/1", "p/cart/a/", "v/cart/a/b/c"];
    for (const key of [...all, "f/cart/a/file"]) {
      const { home, item } = locate(key);
      assert.deepEqual([home.subject, home.stream], ["records.cart.a", StreamKind.Records], key);
      assert.equal(keyIn(home, item), key);
    }
  });

  it("is its own for any other key", () => {
    const others = ["m/cart", "m/cart/a/b", "m//a", "m/cart/", "t/cart/a", "t//a/1", "x/cart/a/1"];
    for (const key of [
      ...others,
      "d/1/cart/a/",
      "e/1/cart/a",
      "g/file",
      "a",
      "/",
      "d/",
      "mm/a/b",
    ]) {
      const { home, item } = locate(key);
      assert.deepEqual([home.stream, item, home.name], [StreamKind.Index, "", key]);
      assert.equal(keyAt(home.subject), key);
      assert.equal(home.isIndex, /^[deg]\//.test(key), key);
    }
  });

  it("leads back to the key, regardless of what the key is", () => {
    const sections = fc.constantFrom("m", "s", "t", "q", "p", "v", "f", "d", "e", "g", "x", "");
    const parts = fc.array(texts, { maxLength: 4 });
    fc.assert(
      fc.property(sections, parts, (section, rest) => {
        const key = [section, ...rest].join("/");
        fc.pre(key !== "" && key.length < 1_500);
        const { home, item } = locate(key);
        assert.equal(keyIn(home, item), key);
        for (const token of home.subject.split(".")) assert.match(token, TOKEN);
        const isRecord = home.stream === StreamKind.Records;
        assert.equal(isRecord ? ownerAt(home.subject) : keyAt(home.subject), home.name);
      }),
    );
  });

  it("of a note is no key's, and names the actor", () => {
    const { subject, name } = exceptionHome("cart/a.b");

    assert.equal(keyAt(subject), undefined);
    assert.deepEqual([ownerAt(subject), name], ["cart/a.b", "cart/a.b"]);
    assert.equal(ownerAt("index.k.d.x"), undefined);
  });
});
