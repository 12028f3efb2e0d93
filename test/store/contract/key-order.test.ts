import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compareKeys, lowerBound } from "../../../src/store/contract/key-order.ts";
import { byBytes } from "../../_support/store-model.ts";

const texts = fc.string({ unit: "binary", maxLength: 6 });

describe("the order of keys", () => {
  it("is that of their bytes in UTF-8", () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        assert.equal(Math.sign(compareKeys(one, other)), Math.sign(byBytes(one, other)));
      }),
      { numRuns: 2_000, examples: [["\uFFFF", "\u{10000}"]] },
    );
  });

  it("is what a search finds the first key not below by", () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 20 }), texts, (keys, key) => {
        const sorted = keys.toSorted(byBytes);
        const expected = sorted.filter((each) => byBytes(each, key) < 0).length;
        assert.equal(
          lowerBound(sorted, key, (each) => each),
          expected,
        );
      }),
    );
  });
});
