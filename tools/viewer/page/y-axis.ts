import type uPlot from "uplot";
import { formatMarks } from "../model/unit-format.ts";

/** Bytes are marked at powers of two. */
const POWERS_OF_TWO = Array.from({ length: 50 }, (_, power) => 2 ** power);
const CHARACTER_PX = 6.3;

/** How much room the longest of an axis' marks needs. */
export function roomFor(marks: readonly string[] | null): number {
  return Math.max(...(marks ?? []).map((mark) => mark.length), 3) * CHARACTER_PX + 8;
}

/** Marks in `unit`. */
export function yAxis(unit: string): uPlot.Axis {
  return {
    space: 26,
    size: (_plot, marks) => roomFor(marks),
    values: (_plot, marks) => formatMarks(marks, unit),
    ...(unit === "bytes" ? { incrs: POWERS_OF_TWO } : {}),
  };
}

/** From the lowest to the highest value with some air, down to `softMin` if nothing is below it. */
export function yScale(softMin: number | undefined): uPlot.Scale {
  return {
    range: (_plot, low, high) => {
      if (low === null || high === null) return [0, 1];
      const bottom = softMin === undefined ? low : Math.min(low, softMin);
      const air = (high - bottom) * 0.08 || Math.abs(high) * 0.1 || 1;
      return [bottom === softMin ? bottom : bottom - air, high + air];
    },
  };
}
