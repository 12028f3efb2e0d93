import type { Clock } from "./clock.ts";

/** Allows at most `burst` passes in each `windowMs` per key. */
export interface RateLimitOptions {
  readonly clock: Clock;
  readonly burst: number;
  readonly windowMs: number;
}

interface Window {
  startedAtMs: number;
  passed: number;
  suppressed: number;
}

/** Limits repeated log lines. The next line that passes reports how many were suppressed. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #windows = new Map<string, Window>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /**
   * Requests permission for one line.
   *
   * @returns how many lines of `key` were suppressed since the last that passed, or `undefined` when
   *   this one is suppressed as well
   */
  pass(key: string): number | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = { startedAtMs: nowMs, passed: 0, suppressed: 0 };
      this.#windows.set(key, window);
    }
    if (nowMs - window.startedAtMs >= this.#options.windowMs) {
      window.startedAtMs = nowMs;
      window.passed = 0;
    }
    if (window.passed >= this.#options.burst) {
      window.suppressed += 1;
      return undefined;
    }
    window.passed += 1;
    const { suppressed } = window;
    window.suppressed = 0;
    return suppressed;
  }
}
