import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  bytesText,
  countText,
  durationText,
  levelName,
  percentText,
  plural,
  rateText,
} from "../../src/viewer/format.ts";

describe("numbers for people", () => {
  it("are counts with few digits", () => {
    assert.deepEqual([0, 999, 9_999, 10_000, 12_345, 123_456, 4.56e6, 7e9].map(countText), [
      "0",
      "999",
      "9,999",
      "10k",
      "12.3k",
      "123k",
      "4.6M",
      "7G",
    ]);
    assert.equal(countText(Number.NaN), "–");
  });

  it("are durations from microseconds to days", () => {
    assert.deepEqual(
      [0, 0.05, 0.25, 3.44, 12.6, 999, 1_500, 42_000, 125_000, 12_000_000, 180_000_000].map(
        durationText,
      ),
      [
        "0 ms",
        "0.05 ms",
        "0.25 ms",
        "3.4 ms",
        "13 ms",
        "999 ms",
        "1.5 s",
        "42 s",
        "2 min 5 s",
        "3 h 20 min",
        "2 d 2 h",
      ],
    );
    assert.deepEqual([9.97, 999.7, 9_970, 59_700].map(durationText), [
      "10 ms",
      "1.0 s",
      "10 s",
      "1 min",
    ]);
    assert.deepEqual([null, undefined, Number.NaN].map(durationText), ["–", "–", "–"]);
    assert.equal(durationText(-1_500), "−1.5 s");
  });

  it("are rates, bytes, shares and amounts", () => {
    assert.deepEqual([0, 0.01, 3.14, 9.99, 48_000].map(rateText), [
      "0",
      "<0.1",
      "3.1",
      "10",
      "48k",
    ]);
    assert.deepEqual([812, 3_482, 58_720_256].map(bytesText), ["812 B", "3.4 KiB", "56.0 MiB"]);
    assert.deepEqual([0, 0.064, 0.87].map(percentText), ["0 %", "6.4 %", "87 %"]);
    assert.deepEqual(
      [plural(1, "actor"), plural(2, "child", "children")],
      ["1 actor", "2 children"],
    );
    assert.deepEqual([10, 20, 30, 40, 50, 60].map(levelName), [
      "trace",
      "debug",
      "info",
      "warn",
      "error",
      "fatal",
    ]);
  });
});
