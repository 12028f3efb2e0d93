/** At most `maxRestarts` within any `windowMs`. */
export interface RestartLimit {
  readonly maxRestarts: number;
  readonly windowMs: number;
}

/**
 * Counts restarts in a **sliding** window: a burst is refused however it lies in time, where a counter
 * that resets on a gap lets a slow restart loop go on for ever.
 */
export class RestartWindow {
  readonly #limit: RestartLimit;
  /** Times of the restarts that still count, oldest first; never more than `maxRestarts`. */
  readonly #atMs: number[] = [];

  constructor(limit: RestartLimit) {
    this.#limit = limit;
  }

  /** Counts a restart at `nowMs`, or refuses it when the limit is reached. */
  admit(nowMs: number): boolean {
    const { maxRestarts, windowMs } = this.#limit;
    while (this.#atMs.length > 0 && nowMs - (this.#atMs[0] as number) >= windowMs) {
      this.#atMs.shift();
    }
    if (this.#atMs.length >= maxRestarts) return false;
    this.#atMs.push(nowMs);
    return true;
  }
}
