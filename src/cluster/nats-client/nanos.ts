const NANOS_PER_MS = 1_000_000;

/** Milliseconds as the nanoseconds of the server's API. */
export function toNanos(ms: number): number {
  return Math.round(ms * NANOS_PER_MS);
}

/** Digits of the nanoseconds since the epoch below a millisecond. A number cannot hold all of them. */
const BELOW_MS_DIGITS = 6;

/** Nanoseconds since the epoch, as digits, in whole milliseconds. */
export function digitsToMs(nanos: string): number {
  return Number(nanos.slice(0, -BELOW_MS_DIGITS));
}
