import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { storableText } from "../records/state-text.ts";
import { invalidSchedule } from "./schedule-time.ts";

/** Maximum size of the arguments of a schedule as JSON, in bytes. */
const MAX_BYTES = 16 * 1024;

/** The arguments of a schedule: a copy that shares nothing with the caller, and its JSON. */
export interface ScheduleArguments {
  readonly args: readonly unknown[];
  readonly text: string;
}

/**
 * Copies arguments that can be stored.
 *
 * @throws UsageError `ERR_INVALID_SCHEDULE` with the path of what is no JSON: `deliver[0].at is a Date`
 */
export function scheduleArguments(
  messageType: string,
  args: readonly unknown[],
): ScheduleArguments {
  try {
    const { text } = storableText([...args], { root: messageType, maxBytes: MAX_BYTES });
    return { args: JSON.parse(text) as readonly unknown[], text };
  } catch (error) {
    if (!LimelightError.is(error) || !CODES.includes(error.code)) throw error;
    throw invalidSchedule(`arguments of ${error.message}`);
  }
}

const CODES: readonly ErrorCode[] = [ErrorCode.StateInvalid, ErrorCode.StateTooLarge];
