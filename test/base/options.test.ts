import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { choiceOption, numberOption } from "../../src/base/options.ts";

const invalid = { name: "UsageError", code: "ERR_INVALID_OPTION" };
const bounds = { min: 1, max: 10 };

describe("numberOption", () => {
  it("gives the fallback only where nothing was given", () => {
    assert.equal(numberOption("option", undefined, 5, bounds), 5);
    assert.throws(() => numberOption("option", null as never, 5, bounds), invalid);
  });

  it("takes exactly the numbers within its bounds", () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer({ min: -5, max: 15 })), (value) => {
        const fits = value >= bounds.min && value <= bounds.max;

        if (fits) assert.equal(numberOption("option", value, 5, bounds), value);
        else assert.throws(() => numberOption("option", value, 5, bounds), invalid);
      }),
    );
  });

  it("quotes a text that looks like a number", () => {
    assert.throws(() => numberOption("option", "5" as never, 5, bounds), {
      message: '`option` must be a number from 1 to 10, not "5"',
    });
  });

  it("refuses a fraction where an integer is wanted", () => {
    assert.throws(() => numberOption("option", 1.5, 5, { ...bounds, integer: true }), {
      ...invalid,
      message: "`option` must be an integer from 1 to 10, not 1.5",
    });
  });

  for (const value of ["5", true, {}, 5n, []]) {
    it(`refuses ${typeof value}, even one that looks like a number`, () => {
      assert.throws(() => numberOption("option", value as never, 5, bounds), invalid);
    });
  }
});

describe("choiceOption", () => {
  it("takes a choice, gives the fallback, and refuses the rest by name", () => {
    const choose = (value: string | undefined) => choiceOption("option", value, "a", ["a", "b"]);

    assert.deepEqual([choose("b"), choose(undefined)], ["b", "a"]);
    assert.throws(() => choose("c"), {
      ...invalid,
      message: '`option` must be one of a, b, not "c"',
    });
  });
});
