/** Delays of restarts. Each restart of a series is delayed longer than the one before. */
export interface Backoff {
  /** Delay of the first restart, in milliseconds. */
  readonly initialMs: number;
  /** Factor between a delay and the one before. */
  readonly factor: number;
  /** The longest delay, in milliseconds. */
  readonly maxMs: number;
  /**
   * Share of a delay, 0 to 1, of which a random part is subtracted, so that actors that failed together do not
   * restart together.
   */
  readonly jitter: number;
}

/**
 * The delay before a restart, in milliseconds; never more than `maxMs`.
 *
 * @param attempt 1 for the first restart of a series
 * @param luck from 0 to 1, evenly distributed
 */
export function backoffDelayMs(backoff: Backoff, attempt: number, luck: number): number {
  const { initialMs, factor, maxMs, jitter } = backoff;
  const delayMs = Math.min(maxMs, initialMs * factor ** (attempt - 1));
  return delayMs * (1 - jitter * luck);
}

/**
 * Which restart of a series the next one is: a life that outlasted the longest delay ends the series.
 *
 * @param attempts restarts of the series so far
 * @param livedMs how long the life that failed had been running
 */
export function nextAttempt(backoff: Backoff, attempts: number, livedMs: number): number {
  return livedMs > backoff.maxMs ? 1 : attempts + 1;
}
