import type { Clock, ClockTimer, KeepAlive } from "./clock.ts";
import { ErrorCode, UsageError } from "./errors.ts";

/**
 * A clock of the application, whose readings are always numbers: a message must not be lost over what time
 * it is.
 */
export class GuardedClock implements Clock {
  readonly exact: boolean;
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  #lastMonotonicMs = 0;
  #lastEpochMs = 0;

  /** @param onFault is told of each reading that failed; the last one that did not is used instead */
  constructor(clock: Clock, onFault: (error: unknown) => void) {
    this.exact = clock.exact === true;
    this.#clock = clock;
    this.#onFault = onFault;
  }

  monotonicMs(): number {
    try {
      this.#lastMonotonicMs = requireReading("monotonicMs", this.#clock.monotonicMs());
    } catch (error) {
      this.#onFault(error);
    }
    return this.#lastMonotonicMs;
  }

  epochMs(): number {
    try {
      this.#lastEpochMs = requireReading("epochMs", this.#clock.epochMs());
    } catch (error) {
      this.#onFault(error);
    }
    return this.#lastEpochMs;
  }

  schedule(callback: () => void, delayMs: number, keepAlive: KeepAlive): ClockTimer {
    return this.#clock.schedule(callback, delayMs, keepAlive);
  }
}

function requireReading(method: string, reading: unknown): number {
  if (typeof reading === "number" && Number.isFinite(reading)) return reading;
  throw new UsageError(
    `\`clock.${method}()\` must return a finite number, not ${String(reading)}`,
    {
      code: ErrorCode.InvalidOption,
    },
  );
}
