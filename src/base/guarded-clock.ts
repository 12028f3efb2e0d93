import type { Clock, ClockTimer, KeepAlive } from "./clock.ts";

/** Somebody else's clock, whose readings never throw: a message must not be lost over what time it is. */
export class GuardedClock implements Clock {
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  #lastMonotonicMs = 0;
  #lastEpochMs = 0;

  /** @param onFault is told of each reading that failed; the last one that did not stands in for it */
  constructor(clock: Clock, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  monotonicMs(): number {
    try {
      this.#lastMonotonicMs = this.#clock.monotonicMs();
    } catch (error) {
      this.#onFault(error);
    }
    return this.#lastMonotonicMs;
  }

  epochMs(): number {
    try {
      this.#lastEpochMs = this.#clock.epochMs();
    } catch (error) {
      this.#onFault(error);
    }
    return this.#lastEpochMs;
  }

  schedule(callback: () => void, delayMs: number, keepAlive: KeepAlive): ClockTimer {
    return this.#clock.schedule(callback, delayMs, keepAlive);
  }
}
