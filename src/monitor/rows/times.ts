import type { Clock } from "../../base/clock.ts";

/**
 * Converts times of the monotonic clock to times since the epoch. The offset is fixed when the system starts,
 * so that rows of unchanged actors remain equal when the wall clock is corrected.
 */
export class Times {
  readonly #clock: Clock;
  readonly #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.epochMs() - clock.monotonicMs();
  }

  /** Returns the current time on the monotonic clock. */
  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Returns the current time since the epoch. */
  nowAtMs(): number {
    return this.toEpoch(this.nowMs());
  }

  /** Rounds to whole milliseconds. */
  toEpoch(monotonicMs: number): number {
    return Math.round(monotonicMs + this.#offsetMs);
  }
}
