import type { Clock, ClockTimer, KeepAlive } from "./clock.ts";

/**
 * A clock whose wall time goes on as its monotonic time does. What is due at a wall time is not put off when the clock of
 * the machine is set back, nor done too early when it is set forward.
 */
export class SteadyClock implements Clock {
  readonly exact: boolean;
  readonly #clock: Clock;
  readonly #offsetMs: number;

  constructor(clock: Clock) {
    this.exact = clock.exact === true;
    this.#clock = clock;
    this.#offsetMs = clock.epochMs() - clock.monotonicMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  epochMs(): number {
    return Math.floor(this.#clock.monotonicMs() + this.#offsetMs);
  }

  schedule(callback: () => void, delayMs: number, keepAlive: KeepAlive): ClockTimer {
    return this.#clock.schedule(callback, delayMs, keepAlive);
  }
}
