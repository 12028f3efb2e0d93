import type { PointRing } from "./point-ring.ts";

/** Points of history that are kept of each actor: half a minute at four a second. */
export const HISTORY_POINTS = 120;
/** What a shown rate covers at least: single ticks would flicker. */
const RATE_WINDOW_MS = 1_000;
/** One more than points: a rate needs the time of the tick before. */
const SIZE = HISTORY_POINTS + 1;

/**
 * When the last snapshots of a system were taken, on its own clock; a tick is a snapshot. It makes rates
 * of what was counted at these ticks, so that neither a slow connection nor the viewer's clock changes them.
 */
export class TickTimes {
  readonly #atMs = new Float64Array(SIZE);
  #ticks = 0;
  #window = 0;

  /** Ticks that a rate can be made of: those with one before them. */
  get rated(): number {
    return Math.max(0, Math.min(this.#ticks, SIZE) - 1);
  }

  push(atMs: number): void {
    this.#atMs[this.#ticks % SIZE] = atMs;
    this.#ticks += 1;
    this.#window = this.#ticksOfWindow();
  }

  /** What was counted per second over the last second or so; 0 before there are two ticks. */
  rateOf(counts: PointRing): number {
    return this.meanRate(counts, this.#window);
  }

  /** The same over the last `ticks`. */
  meanRate(counts: PointRing, ticks: number = this.rated): number {
    const durationMs = this.#at(0) - this.#at(ticks);
    return ticks > 0 && durationMs > 0 ? (counts.sumOfLast(ticks) * 1_000) / durationMs : 0;
  }

  /** What was counted per second at each of the last `count` ticks, oldest first; none of a blank ring. */
  ratesOf(counts: PointRing, count: number = HISTORY_POINTS): number[] {
    const points = counts.last(count);
    return points.map((point, at) => {
      const back = points.length - at;
      if (back > this.rated) return 0;
      const durationMs = this.#at(back - 1) - this.#at(back);
      return durationMs > 0 ? (point * 1_000) / durationMs : 0;
    });
  }

  /** When the tick was that came `back` ticks before the last one. */
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
