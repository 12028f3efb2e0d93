import type { Clock } from "../../base/clock.ts";

/** Addresses that are counted at a time. Beyond them, those with the oldest window are forgotten. */
const MAX_ADDRESSES = 10_000;

interface Window {
  readonly startedMs: number;
  count: number;
}

/**
 * Counts something per address of a client, in windows of fixed length. What it keeps is bounded, whatever addresses
 * there are.
 */
export class AddressWindows {
  readonly #clock: Clock;
  readonly #windowMs: number;
  /** In the order in which the windows began. */
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /** Returns how often `address` has been counted in its current window. */
  count(address: string): number {
    return this.#current(address)?.count ?? 0;
  }

  /** Counts `address` once more, and returns the result. */
  add(address: string): number {
    const current = this.#current(address);
    if (current !== undefined) {
      current.count += 1;
      return current.count;
    }
    this.#windows.delete(address); // a window that is over would keep its place
    if (this.#windows.size >= MAX_ADDRESSES) {
      const [oldest] = this.#windows.keys();
      if (oldest !== undefined) this.#windows.delete(oldest);
    }
    this.#windows.set(address, { startedMs: this.#clock.monotonicMs(), count: 1 });
    return 1;
  }

  /** Time until the window of `address` is over, in milliseconds. */
  leftMs(address: string): number {
    const current = this.#current(address);
    if (current === undefined) return 0;
    return Math.max(0, current.startedMs + this.#windowMs - this.#clock.monotonicMs());
  }

  #current(address: string): Window | undefined {
    const window = this.#windows.get(address);
    if (window === undefined) return undefined;
    return this.#clock.monotonicMs() - window.startedMs < this.#windowMs ? window : undefined;
  }
}
