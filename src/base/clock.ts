/** A pending callback of a {@link Clock}. */
export interface ClockTimer {
  /** Forgets the callback; a no-op once it ran. */
  cancel(): void;
}

/** Where limelight reads time and asks to be woken. Tests pass a manual one. */
export interface Clock {
  /** Monotonic time, in milliseconds with fractions; only differences mean something. */
  monotonicMs(): number;
  /** Wall-clock time, in milliseconds since the Unix epoch. */
  epochMs(): number;
  /**
   * Runs `callback` once, at least `delayMs` from now.
   *
   * @param keepAlive whether the pending timer alone keeps the process running
   */
  schedule(callback: () => void, delayMs: number, keepAlive: KeepAlive): ClockTimer;
}

/** Whether a timer alone keeps the process running. */
export const KeepAlive = { Yes: "yes", No: "no" } as const;
export type KeepAlive = (typeof KeepAlive)[keyof typeof KeepAlive];

/** The longest delay Node's timers take; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

class NodeTimer implements ClockTimer {
  readonly #timeout: NodeJS.Timeout;

  constructor(timeout: NodeJS.Timeout) {
    this.#timeout = timeout;
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

/** Time as the operating system tells it. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => Date.now(),
  schedule(callback, delayMs, keepAlive) {
    const timeout = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
    if (keepAlive === KeepAlive.No) timeout.unref();
    return new NodeTimer(timeout);
  },
};
