import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { thrownText } from "../../base/foreign-value.ts";
import { WriteOutcome, writeOutcome } from "../../store/contract/outcomes.ts";

const RETRIED: readonly ErrorCode[] = [ErrorCode.StoreOverloaded, ErrorCode.StoreUnavailable];

/** Returns whether a write that was refused with `thrown` may succeed when it is sent again. */
export function isRetried(thrown: unknown): boolean {
  return LimelightError.is(thrown) && RETRIED.includes(thrown.code);
}

/**
 * Returns the error of a commit whose batch has failed.
 *
 * @param who id of the actor
 * @param thrown what the store has thrown; the cause of the error
 */
export function commitError(who: string, thrown: unknown): LimelightError {
  const text = thrownText(thrown);
  if (writeOutcome(thrown) === WriteOutcome.Unknown) {
    return new LimelightError(`it is unknown whether the changes of ${who} are stored: ${text}`, {
      code: ErrorCode.SaveUnknown,
      cause: thrown,
    });
  }
  if (LimelightError.is(thrown) && thrown.code === ErrorCode.StoreConflict) {
    return new LimelightError(`another activation of ${who} has written: ${text}`, {
      code: ErrorCode.StateConflict,
      cause: thrown,
    });
  }
  return new LimelightError(`the changes of ${who} are not stored: ${text}`, {
    code: ErrorCode.SaveFailed,
    cause: thrown,
  });
}
