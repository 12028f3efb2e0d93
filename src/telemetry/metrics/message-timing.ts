/**
 * Minimum average time between the messages of a series for each of them to be timed.
 *
 * Three clock reads cost about 0.2 µs; one timed message per 8 µs limits them to a fortieth of the time.
 */
const TIMED_EVERY_MS = 0.008;
/** The same when each time is also recorded by two histograms of an SDK, at about 0.5 µs each. */
const RECORDED_EVERY_MS = 0.032;
/** At any message rate, at least one in this many is timed. */
const MAX_INTERVAL = 128;

/**
 * Counts the messages of a series, and decides which of them are timed.
 *
 * Reading the clock costs as much as delivering a message. Below about 125,000 messages per second every one
 * is timed. Above that rate one in n (n ≤ 128) is timed and counts for the n − 1 before it, so counts stay
 * exact and only the distribution is an estimate. Handlers that return a promise are always timed.
 */
export class MessageTiming {
  /** Number of messages so far. */
  sent = 0;
  /** The value of `sent` from which a message is timed. */
  #dueAt = 1;
  #interval = 1;
  #lastTimedAtMs = 0;

  /** Counts a message. Returns whether it is timed. */
  due(): boolean {
    this.sent += 1;
    return this.sent >= this.#dueAt;
  }

  /**
   * Records when the due message was sent, which sets the distance to the next one.
   *
   * @param expensive whether each time is also recorded by an SDK's histograms
   * @param sharers number of series that share the time which timing may cost
   */
  timedAt(nowMs: number, expensive: boolean, sharers = 1): void {
    const everyMs = (expensive ? RECORDED_EVERY_MS : TIMED_EVERY_MS) * sharers;
    const perMessageMs = (nowMs - this.#lastTimedAtMs) / this.#interval;
    this.#lastTimedAtMs = nowMs;
    this.#interval =
      perMessageMs >= everyMs
        ? 1
        : Math.min(MAX_INTERVAL, Math.ceil(everyMs / Math.max(perMessageMs, 1e-6)));
    this.#dueAt = this.sent + this.#interval;
  }
}
