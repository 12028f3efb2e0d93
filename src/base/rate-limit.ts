import type { Clock } from "./clock.ts";

/** Allows at most `burst` passes in each `windowMs` per key. */
export interface RateLimitOptions {
  readonly clock: Clock;
  readonly burst: number;
  readonly windowMs: number;
}

/** Number of keys from which on those without a line in their window are dropped. */
const MANY_KEYS = 1_000;

interface Window {
  startedAtMs: number;
  passed: number;
  suppressed: number;
}

/** Limits repeated log lines. The next line that passes reports how many were suppressed. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #windows = new Map<string, Window>();
  #pruneAt = MANY_KEYS;

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
      if (this.#windows.size >= this.#pruneAt) this.#prune(nowMs);
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

  /** Drops the keys of which nothing has to be known. */
  #prune(nowMs: number): void {
    const { windowMs } = this.#options;
    for (const [key, { startedAtMs, suppressed }] of this.#windows) {
      if (suppressed === 0 && nowMs - startedAtMs >= windowMs) this.#windows.delete(key);
    }
    this.#pruneAt = Math.max(MANY_KEYS, 2 * this.#windows.size);
  }
}
