import { ErrorCode, UsageError } from "../../base/errors.ts";
import { isInstance, primitiveText } from "../../base/foreign-value.ts";
import { quote } from "../../base/names.ts";

/** The last time that a `Date` can hold. */
const MAX_EPOCH_MS = 8.64e15;
const MAX_ID_BYTES = 256;

/** Returns the error for a schedule that is invalid in every state of the actor. */
export function invalidSchedule(text: string, cause?: unknown): UsageError {
  return new UsageError(text, { code: ErrorCode.InvalidSchedule, cause });
}

/**
 * Returns when a delay from now has passed, in milliseconds since the epoch.
 *
 * @throws {@link UsageError} `ERR_INVALID_SCHEDULE`
 */
export function dueAfter(delayMs: number, nowMs: number): number {
  const dueAtMs = typeof delayMs === "number" && delayMs >= 0 ? nowMs + delayMs : Number.NaN;
  if (dueAtMs <= MAX_EPOCH_MS) return Math.ceil(dueAtMs);
  throw invalidSchedule(
    `the delay of a schedule must be a number of milliseconds from 0 on, not ${primitiveText(delayMs)}`,
  );
}

/**
 * Returns a time in milliseconds since the epoch; now, if it has passed.
 *
 * @throws {@link UsageError} `ERR_INVALID_SCHEDULE`
 */
export function dueAt(time: Date | number, nowMs: number): number {
  const isDate = isInstance(time, Date);
  const timeMs = isDate ? Date.prototype.getTime.call(time) : time;
  if (typeof timeMs === "number" && Math.abs(timeMs) <= MAX_EPOCH_MS) {
    return Math.max(Math.ceil(timeMs), Math.ceil(nowMs));
  }
  const given = isDate ? "an invalid Date" : primitiveText(time);
  throw invalidSchedule(
    `the time of a schedule must be a Date or milliseconds since the epoch, not ${given}`,
  );
}

/**
 * Checks the id of a schedule.
 *
 * @throws {@link UsageError} `ERR_INVALID_SCHEDULE`
 */
export function requireScheduleId(id: string): void {
  if (typeof id !== "string") {
    throw invalidSchedule(`the id of a schedule must be a string, not ${typeof id}`);
  }
  const fits = id.length > 0 && id.length <= MAX_ID_BYTES && Buffer.byteLength(id) <= MAX_ID_BYTES;
  if (fits && id.isWellFormed()) return;
  throw invalidSchedule(
    `the id ${quote(id.slice(0, 70))} of a schedule must be well-formed and have 1 to ${MAX_ID_BYTES} bytes`,
  );
}
