import type { HrTime, TimeInput } from "@opentelemetry/api";
import type { Clock } from "../../base/clock.ts";

const NS_PER_S = 1_000_000_000;
const NS_PER_MS = 1_000_000;
/** Time between two readings of the wall clock. */
const ANCHOR_MS = 1_000;

/**
 * Times of spans: the monotonic clock, anchored to the wall clock once a second.
 *
 * A wall clock tells whole milliseconds, so each reading minus the monotonic clock is up to a millisecond too small. The
 * largest difference is the best one. Times have fractions therefore, and a request starts before what it calls.
 */
export class SpanClock {
  readonly #clock: Clock;
  #offsetMs = Number.NEGATIVE_INFINITY;
  #anchoredMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the monotonic time in milliseconds. */
  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Returns the wall clock minus the monotonic clock, in milliseconds, as of `nowMs`. */
  offsetMs(nowMs: number): number {
    if (nowMs - this.#anchoredMs < ANCHOR_MS) return this.#offsetMs;
    this.#anchoredMs = nowMs;
    const readMs = this.#clock.epochMs() - this.#clock.monotonicMs();
    // More than the truncation explains: the wall clock was set back.
    if (readMs > this.#offsetMs || readMs < this.#offsetMs - 1) this.#offsetMs = readMs;
    return this.#offsetMs;
  }

  /** Returns the wall clock, in milliseconds since the Unix epoch. */
  epochMs(): number {
    return this.#clock.epochMs();
  }
}

/** Returns milliseconds since the Unix epoch as seconds and nanoseconds. */
export function hrTimeOf(epochMs: number): HrTime {
  const seconds = Math.trunc(epochMs / 1_000);
  return carried(seconds, Math.round((epochMs % 1_000) * NS_PER_MS));
}

/** Returns the time of `monotonicMs` without rounding it to the precision of milliseconds since the epoch. */
export function anchoredHrTime(offsetMs: number, monotonicMs: number): HrTime {
  const [seconds, nanos] = hrTimeOf(offsetMs);
  const [moreSeconds, moreNanos] = hrTimeOf(monotonicMs);
  return carried(seconds + moreSeconds, nanos + moreNanos);
}

/** Returns `end` − `start`; negative seconds if it ends before. */
export function durationOf(start: HrTime, end: HrTime): HrTime {
  const seconds = end[0] - start[0];
  const nanos = end[1] - start[1];
  return nanos < 0 ? [seconds - 1, nanos + NS_PER_S] : [seconds, nanos];
}

/** Returns whether `value` is a time that OpenTelemetry's API takes. */
export function isTime(value: unknown): value is TimeInput {
  return isHrTime(value) || typeof value === "number" || value instanceof Date;
}

/** Returns whether `value` is a pair of seconds and nanoseconds. */
export function isHrTime(value: unknown): value is HrTime {
  if (!Array.isArray(value) || value.length !== 2) return false;
  return typeof value[0] === "number" && typeof value[1] === "number";
}

function carried(seconds: number, nanos: number): HrTime {
  return nanos >= NS_PER_S ? [seconds + 1, nanos - NS_PER_S] : [seconds, nanos];
}
