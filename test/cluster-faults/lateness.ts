import { setInterval } from "node:timers";

/** How often the process looks whether it is on time. */
const EVERY_MS = 20;

/**
 * How late the timers of this process were. Bounds of the protocol are checked without that time: on a machine with too
 * few processors for its work, all processes wait for as long as this one does, or longer.
 */
export class Lateness implements Disposable {
  /** Moments at which a timer was late, and by how much, in milliseconds. */
  readonly #late: (readonly [atMs: number, byMs: number])[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    let beforeMs = performance.now();
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      const byMs = nowMs - beforeMs - EVERY_MS;
      if (byMs >= 1) this.#late.push([nowMs, byMs]);
      beforeMs = nowMs;
    }, EVERY_MS);
    this.#timer.unref();
  }

  /** Returns by how much timers were late between two moments, in all. */
  between(fromMs: number, toMs: number): number {
    let sum = 0;
    for (const [atMs, byMs] of this.#late) if (atMs > fromMs && atMs <= toMs) sum += byMs;
    return sum;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
