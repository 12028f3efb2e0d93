import { ErrorCode, LimelightError } from "../../base/errors.ts";

/**
 * Returns whether a write of an engine that has rejected with `error` may have happened, or may still happen. Errors of
 * limelight with other codes promise that nothing was written; anything else that is thrown counts as unknown.
 */
export function isUnknownOutcome(error: unknown): boolean {
  if (!LimelightError.is(error)) return true;
  return error.code === ErrorCode.EngineUnknownOutcome || error.code === ErrorCode.EngineNoReply;
}
