import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatMarks, formatValue } from "../../tools/viewer/model/unit-format.ts";

describe("values", () => {
  const written: readonly (readonly [value: number, unit: string, text: string])[] = [
    [0, "short", "0"],
    [1, "short", "1"],
    [1_250, "short", "1.25 K"],
    [-3_400_000, "short", "-3.4 M"],
    [0.0125, "short", "0.013"],
    [0, "s", "0 s"],
    [0.000_312, "s", "312 µs"],
    [0.045_31, "s", "45.3 ms"],
    [0.999_9, "s", "1 s"],
    [90, "s", "1.5 min"],
    [5_400, "s", "1.5 h"],
    [0.042, "percentunit", "4.2 %"],
    [1, "percentunit", "100 %"],
    [0, "percentunit", "0 %"],
    [1_536, "bytes", "1.5 KiB"],
    [52_428_800, "bytes", "50 MiB"],
    [3.2, "mps", "3.2 msg/s"],
    [12_300, "reqps", "12.3 k req/s"],
    [0, "cps", "0 c/s"],
    [7, "of tomorrow", "7"],
    [Number.NaN, "s", "NaN"],
    [Number.POSITIVE_INFINITY, "s", "∞"],
  ];
  for (const [value, unit, text] of written) {
    it(`of ${value} in ${unit} read ${text}`, () => assert.equal(formatValue(value, unit), text));
  }

  it("are off by less than a hundredth", () => {
    const factors: Readonly<Record<string, number>> = {
      ns: 1e-9,
      µs: 1e-6,
      ms: 1e-3,
      s: 1,
      min: 60,
      h: 3_600,
    };
    fc.assert(
      fc.property(fc.double({ min: 1e-8, max: 80_000, noNaN: true }), (seconds) => {
        const [number = "", unit = ""] = formatValue(seconds, "s").split(" ");
        const read = Number(number) * (factors[unit] ?? Number.NaN);

        assert.ok(Math.abs(read / seconds - 1) < 0.01, `${seconds}: ${number} ${unit}`);
      }),
    );
  });
});

describe("marks of an axis", () => {
  it("share their unit and decimals", () => {
    assert.deepEqual(formatMarks([0, 0.05, 0.1], "s"), ["0 ms", "50 ms", "100 ms"]);
    assert.deepEqual(formatMarks([0, 0.25, 0.5], "percentunit"), ["0 %", "25 %", "50 %"]);
    assert.deepEqual(formatMarks([0, 0.5, 1], "short"), ["0.0", "0.5", "1.0"]);
    assert.deepEqual(formatMarks([-2, 0, 2], "cps"), ["-2 c/s", "0 c/s", "2 c/s"]);
  });

  it("can be told apart", () => {
    const apart = fc.tuple(fc.constantFrom(1, 2, 2.5, 5), fc.integer({ min: -6, max: 6 }));
    const unit = fc.constantFrom("short", "s", "percentunit", "mps");
    fc.assert(
      fc.property(apart, fc.integer({ min: 2, max: 10 }), unit, ([digit, power], count, of) => {
        const marks = Array.from({ length: count }, (_, index) => index * digit * 10 ** power);

        assert.equal(new Set(formatMarks(marks, of)).size, count);
      }),
    );
  });
});
