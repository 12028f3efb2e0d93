/** A limit on restarts: at most `maxRestarts` within any `windowMs`. */
export interface RestartLimit {
  /** Maximum number of restarts within the window. */
  readonly maxRestarts: number;
  /** Length of the sliding window, in milliseconds. */
  readonly windowMs: number;
}

/** Forgotten times that may lie about before the list is copied. */
const MAX_FORGOTTEN = 64;

/**
 * Counts restarts in a **sliding** window: a burst is refused however it lies in time, where a counter
 * that resets on a gap lets a slow restart loop go on for ever.
 */
export class RestartWindow {
  readonly #limit: RestartLimit;
  /** Times of restarts, oldest first; those before `#first` count no more. */
  #atMs: number[] = [];
  #first = 0;

  constructor(limit: RestartLimit) {
    this.#limit = limit;
  }

  /** Restarts that count at `nowMs`. */
  used(nowMs: number): number {
    this.#forget(nowMs);
    return this.#atMs.length - this.#first;
  }

  /** Counts `restarts` at `nowMs`, or refuses them all when the limit does not allow as many. */
  admit(nowMs: number, restarts = 1): boolean {
    if (this.used(nowMs) + restarts > this.#limit.maxRestarts) return false;
    this.count(nowMs, restarts);
    return true;
  }

  /** Counts `restarts` that are none of its to refuse. */
  count(nowMs: number, restarts = 1): void {
    for (let counted = 0; counted < restarts; counted += 1) this.#atMs.push(nowMs);
  }

  #forget(nowMs: number): void {
    const { windowMs } = this.#limit;
    const times = this.#atMs;
    while (this.#first < times.length && nowMs - (times[this.#first] as number) >= windowMs) {
      this.#first += 1;
    }
    // Copied when half of it is forgotten: shifting each time would cost a long list at each restart.
    if (this.#first < MAX_FORGOTTEN || this.#first * 2 < times.length) return;
    this.#atMs = times.slice(this.#first);
    this.#first = 0;
  }
}
