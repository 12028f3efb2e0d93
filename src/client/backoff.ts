const FIRST_MS = 250;
const MAX_MS = 30_000;

/** A connection that has lasted this long begins with the first delay again. */
export const STABLE_MS = 10_000;

/**
 * Returns how long to wait before attempt number `attempt`, from 0 on: up to 250 ms, doubling to 30 s. Any time up to
 * that is as likely, so that clients which were disconnected together do not come back together.
 */
export function backoffMs(attempt: number, random: number): number {
  return random * Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(attempt, 20));
}

/** Returns how long to wait before repeat number `repeat` of a call, from 0 on: about 0.1, 0.3, 0.9 and 2.7 s. */
export function repeatMs(repeat: number, random: number): number {
  return 100 * 3 ** repeat * (0.75 + random / 2);
}

/** Part of the time-out that is left for the way of the answer: the server says more about a time-out. */
const MAX_WAY_MS = 200;
/** A day: servers have a limit of their own, and take no `Infinity`. */
const MAX_WAIT_MS = 86_400_000;

/** Returns how long the server may wait when `leftMs` are left for a call. */
export function waitMs(leftMs: number): number {
  const ms = Math.ceil(leftMs - Math.min(leftMs / 20, MAX_WAY_MS));
  return Math.min(Math.max(1, ms), MAX_WAIT_MS);
}
