import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeKeySegment, encodeKeySegment } from "../../src/wire/actor-path.ts";
import { manyRuns } from "../_support/many-runs.ts";

const keys = fc.array(fc.string({ unit: "binary", minLength: 1 }), { minLength: 1, maxLength: 16 });

describe("the path segment of a key", () => {
  it("is decoded to the parts it was encoded from", (test) => {
    manyRuns(
      test,
      fc.property(keys, (key) => {
        assert.deepEqual(decodeKeySegment(encodeKeySegment(key)), key);
      }),
    );
  });

  it("is left as it is by parsers of URLs", (test) => {
    manyRuns(
      test,
      fc.property(fc.oneof(keys, fc.constantFrom(["."], [".."], [".", ".."])), (key) => {
        const segment = encodeKeySegment(key);
        const { pathname } = new URL(`http://gateway/actors/room/${segment}/ask/say`);

        assert.equal(pathname, `/actors/room/${segment}/ask/say`);
      }),
    );
  });

  it("is decoded to the key that is encoded like it, or refused", (test) => {
    const pieces = fc.constantFrom(
      "a",
      ",",
      "%2C",
      "%",
      "%e2%82%ac",
      "%ff",
      ".",
      "%2e",
      "~",
      "%00",
      "é",
    );
    const segments = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(""));
    manyRuns(
      test,
      fc.property(segments, (segment) => {
        const key = decodeKeySegment(segment);
        if (key === undefined) return;
        assert.ok(key.length > 0 && !key.includes(""));
        assert.deepEqual(decodeKeySegment(encodeKeySegment(key)), key);
        assert.equal(key.length, segment.replace(/,$/, "").split(",").length);
      }),
    );
  });

  it("is decoded with one comma at its end", () => {
    assert.deepEqual(decodeKeySegment("..,"), [".."]);
    assert.deepEqual(decodeKeySegment("a,b,"), ["a", "b"]);
    assert.deepEqual(decodeKeySegment("a%2Cb"), ["a,b"]);
  });

  it("is refused with an empty part, with bad encoding and without a part", () => {
    for (const segment of ["", ",", "a,,b", ",a", "a,,", "%", "%zz", "%ff", "%ed%a0%80"]) {
      assert.equal(decodeKeySegment(segment), undefined, segment);
    }
  });

  it("is not that of another key where the last part is empty", () => {
    for (const key of [[""], ["a", ""], ["a", "b", ""]]) {
      assert.equal(decodeKeySegment(encodeKeySegment(key)), undefined, key.join());
    }
  });

  it("does not exist for half a surrogate pair", () => {
    assert.throws(() => encodeKeySegment(["\ud800"]), URIError);
  });
});
