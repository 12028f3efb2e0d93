import { clearTimer, epochMs, monotonicMs, setTimer } from "./node-timers.ts";

/** A day, in milliseconds: the longest time that most options take. */
export const DAY_MS = 86_400_000;

/** A pending callback of a {@link Clock}. */
export interface ClockTimer {
  /** Cancels the callback. Has no effect once it has run. */
  cancel(): void;
}

/** Source of time and of timers. Tests pass a manual clock. */
export interface Clock {
  /**
   * Whether timers fire exactly on time and are cheap to set. Each ask then has a timer of its own. By default
   * all asks share one timer, and time out up to 20 ms late.
   */
  readonly exact?: boolean;
  /** Returns monotonic time, in milliseconds with fractions. Only differences are meaningful. */
  monotonicMs(): number;
  /** Returns wall-clock time, in milliseconds since the Unix epoch. */
  epochMs(): number;
  /**
   * Runs `callback` once, at least `delayMs` from now.
   *
   * @param keepAlive whether the pending timer alone keeps the process running
   */
  schedule(callback: () => void, delayMs: number, keepAlive: KeepAlive): ClockTimer;
}

/**
 * Whether a timer alone keeps the process running.
 *
 * @enum
 */
export const KeepAlive = { Yes: "yes", No: "no" } as const;
export type KeepAlive = (typeof KeepAlive)[keyof typeof KeepAlive];

/** Longest delay of a timer of Node. A longer delay would fire at once, so it is split into several. */
const MAX_DELAY_MS = 2 ** 31 - 1;

class NodeTimer implements ClockTimer {
  readonly #callback: () => void;
  readonly #keepAlive: KeepAlive;
  #timeout: NodeJS.Timeout | undefined;

  constructor(callback: () => void, delayMs: number, keepAlive: KeepAlive) {
    this.#callback = callback;
    this.#keepAlive = keepAlive;
    this.#arm(delayMs);
  }

  cancel(): void {
    clearTimer(this.#timeout);
  }

  #arm(delayMs: number): void {
    const leftMs = delayMs - MAX_DELAY_MS;
    this.#timeout =
      leftMs > 0
        ? setTimer(() => this.#arm(leftMs), MAX_DELAY_MS)
        : setTimer(this.#callback, delayMs);
    if (this.#keepAlive === KeepAlive.No) this.#timeout.unref();
  }
}

/** The clock of the operating system. */
export const systemClock: Clock = {
  monotonicMs,
  epochMs,
  schedule: (callback, delayMs, keepAlive) => new NodeTimer(callback, delayMs, keepAlive),
};
