import type { Line } from "./series.ts";

/** A histogram over time: how many values fell into each band at each time. */
export interface HeatCells {
  readonly bands: readonly Band[];
  /** The most that fell into one band at one time. */
  readonly most: number;
}

/** What lies between two bounds. */
export interface Band {
  /** In the histogram's unit; 0 for the lowest band. */
  readonly lower: number;
  /** `Infinity` for the highest. */
  readonly upper: number;
  readonly counts: readonly (number | null)[];
}

/**
 * From Prometheus' cumulative buckets to bands. Empty bands at both ends are left out.
 *
 * @param lines with their upper bound as the label `le`
 */
export function heatCells(lines: readonly Line[]): HeatCells {
  const buckets = lines
    .map(({ labels, values }) => ({ upper: parseBound(labels["le"]), values }))
    .filter(({ upper }) => !Number.isNaN(upper))
    .toSorted((a, b) => a.upper - b.upper);
  const bands = buckets.map(({ upper, values }, index) => {
    const below = buckets[index - 1];
    const counts = values.map((value, time) => {
      if (value === null) return null;
      // A bucket read a moment before the one below it may hold less.
      return Math.max(value - (below?.values[time] ?? 0), 0);
    });
    return { lower: below?.upper ?? 0, upper, counts };
  });
  const used = bands.map(({ counts }) => counts.some((count) => count !== null && count > 0));
  const shown = bands.slice(Math.max(used.indexOf(true), 0), used.lastIndexOf(true) + 1);
  const most = shown.reduce(
    (max, { counts }) => counts.reduce<number>((a, b) => Math.max(a, b ?? 0), max),
    0,
  );
  return { bands: shown, most };
}

function parseBound(le: string | undefined): number {
  return le === "+Inf" ? Infinity : Number(le ?? Number.NaN);
}

/** Where among the bands `value` is: band 2 begins at 2. Outside of all bands it is -1. */
export function heightOf(bands: readonly Band[], value: number): number {
  const index = bands.findIndex(({ lower, upper }) => value > lower && value <= upper);
  const band = bands[index];
  if (band === undefined || !Number.isFinite(band.upper)) return index;
  return index + (value - band.lower) / (band.upper - band.lower);
}
