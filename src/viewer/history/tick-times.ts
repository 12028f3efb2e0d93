import type { PointRing } from "./point-ring.ts";

/** History points kept of each actor: half a minute at four a second. */
export const HISTORY_POINTS = 120;
/** Minimum period of a displayed rate. Rates of single ticks would flicker. */
const RATE_WINDOW_MS = 1_000;
/** One more than the points, because a rate needs the time of the tick before. */
const SIZE = HISTORY_POINTS + 1;

/**
 * Times of the last snapshots of a system (ticks), on the system's own clock. Rates are computed from these
 * times, so that neither a slow connection nor the viewer's clock distorts them.
 */
export class TickTimes {
  readonly #atMs = new Float64Array(SIZE);
  #ticks = 0;
  #window = 0;

  /** Number of ticks that have a rate, which are those with a tick before them. */
  get rated(): number {
    return Math.max(0, Math.min(this.#ticks, SIZE) - 1);
  }

  push(atMs: number): void {
    this.#atMs[this.#ticks % SIZE] = atMs;
    this.#ticks += 1;
    this.#window = this.#ticksOfWindow();
  }

  /** Returns the rate per second over about the last second; 0 before the second tick. */
  rateOf(counts: PointRing): number {
    return this.meanRate(counts, this.#window);
  }

  /** Returns the mean rate per second over the last `ticks`. */
  meanRate(counts: PointRing, ticks: number = this.rated): number {
    const durationMs = this.#at(0) - this.#at(ticks);
    return ticks > 0 && durationMs > 0 ? (counts.sumOfLast(ticks) * 1_000) / durationMs : 0;
  }

  /** Returns the rate per second at each of the last `count` ticks, oldest first; none for a blank ring. */
  ratesOf(counts: PointRing, count: number = HISTORY_POINTS): number[] {
    const points = counts.last(count);
    return points.map((point, at) => {
      const back = points.length - at;
      if (back > this.rated) return 0;
      const durationMs = this.#at(back - 1) - this.#at(back);
      return durationMs > 0 ? (point * 1_000) / durationMs : 0;
    });
  }

  /** Returns the time of the tick that is `back` ticks before the last one. */
  #at(back: number): number {
    return this.#atMs[(this.#ticks - 1 - back + 2 * SIZE) % SIZE] ?? 0;
  }

  #ticksOfWindow(): number {
    for (let back = 1; back < this.rated; back += 1) {
      if (this.#at(0) - this.#at(back) >= RATE_WINDOW_MS) return back;
    }
    return this.rated;
  }
}
