import type { Clock } from "../base/clock.ts";

/**
 * Turns moments of the monotonic clock into ones since the epoch. The distance of the two is fixed when
 * the system starts: rows of what has not changed are then equal, however the wall clock is corrected.
 */
export class Times {
  readonly #clock: Clock;
  readonly #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.epochMs() - clock.monotonicMs();
  }

  /** Now, on the monotonic clock. */
  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Now, since the epoch. */
  nowAtMs(): number {
    return this.toEpoch(this.nowMs());
  }

  /** To whole milliseconds. */
  toEpoch(monotonicMs: number): number {
    return Math.round(monotonicMs + this.#offsetMs);
  }
}
