import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isReservedName, NameCap, requireName } from "../../src/base/names.ts";

/** Half of it letters, half anything a string can hold. */
const unit = fc.oneof(fc.constantFrom(..."aZ_$9.-"), fc.nat({ max: 0xffff }).map(toText));

function toText(codeUnit: number): string {
  return String.fromCharCode(codeUnit);
}

const shape = /^[A-Za-z_$][\w$.-]{0,63}$/;

describe("requireName", () => {
  for (const name of ["a", "_", "$x", "order.desk-2", "x".repeat(64)]) {
    it(`takes ${name.slice(0, 20)}`, () => {
      assert.doesNotThrow(() => requireName("thing", name));
    });
  }

  it("takes exactly the names of the rule, and none JavaScript looks up by itself", () => {
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 70 }), (name) => {
        const fits = shape.test(name) && !isReservedName(name);

        if (fits) requireName("thing", name);
        else assert.throws(() => requireName("thing", name), { code: "ERR_INVALID_NAME" });
      }),
    );
  });

  for (const name of [undefined, 7, 7n, Symbol("s"), {}]) {
    it(`refuses what is no text: ${typeof name}`, () => {
      assert.throws(() => requireName("thing", name), { code: "ERR_INVALID_NAME" });
    });
  }

  it("never lets a control character or more than a line into its error", () => {
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 2_000 }), (name) => {
        const bad = `\n${name}`;

        assert.throws(
          () => requireName("thing", bad),
          ({ message }: Error) => message.length < 250 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(message),
        );
      }),
    );
  });
});

describe("NameCap", () => {
  it("lets the first names through for ever and calls all others _OTHER", () => {
    const cap = new NameCap(2);

    const admitted = ["a", "b", "c", "a", "d"].map((name) => cap.admit(name));

    assert.deepEqual(admitted, ["a", "b", "_OTHER", "a", "_OTHER"]);
    assert.equal(cap.overflows, 2);
  });
});
