import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { contentOf, hasContent } from "../../../src/activation/commit/state-content.ts";
import { StateWatch } from "../../../src/activation/commit/state-watch.ts";

describe("the content of a text", () => {
  it("is that of a value exactly if the value has this text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const text = JSON.stringify(one);
        assert.equal(hasContent(JSON.parse(text), contentOf(text)), true);
        assert.equal(hasContent(other, contentOf(text)), JSON.stringify(other) === text);
      }),
    );
  });

  const others: readonly (readonly [string, unknown, string])[] = [
    ["other order", { b: 1, a: 1 }, '{"a":1,"b":1}'],
    ["a property more", { a: 1, b: 1 }, '{"a":1}'],
    ["a property less", {}, '{"a":1}'],
    ["an element more", [1, 2], "[1]"],
    ["a hole", new Array(1), "[null]"],
    ["NaN", { a: Number.NaN }, '{"a":null}'],
    ["a date", new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ["an array with a class", new (class extends Array {})(), "[]"],
    ["an object with a class", new (class Money {})(), "{}"],
    ["an own toJSON", { toJSON: () => ({}) }, "{}"],
  ];
  for (const [name, value, text] of others) {
    it(`is not that of a value with ${name}`, () => {
      assert.equal(hasContent(value, contentOf(text)), false);
    });
  }

  it("does not contain what is left out in JSON", () => {
    assert.equal(hasContent({ a: undefined, b: -0 }, contentOf('{"b":0}')), true);
  });
});

describe("a state that is often compared", () => {
  it("is known to be changed whenever it is", () => {
    const watch = new StateWatch({ root: "state", maxBytes: 1_000 });
    const state = { total: 1, items: [{ id: "a" }] };
    watch.loaded(JSON.stringify(state));
    for (let at = 0; at < 10; at += 1) assert.equal(watch.isLikelyStored(state), true);

    state.items.push({ id: "b" });

    assert.equal(watch.isLikelyStored(state), false);
    assert.equal(watch.change(state)?.text, JSON.stringify(state));
    assert.equal(watch.change(state), undefined);
    for (let at = 0; at < 10; at += 1) assert.equal(watch.isLikelyStored(state), true);
    state.total = 2;
    assert.equal(watch.isLikelyStored(state), false);
  });
});
