import type { ActorCell } from "../../actor/cell/cell.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { ActorState, StopReason } from "../../telemetry/attributes.ts";

/** The error of an ask whose change was not stored when its actor restarted. */
export function replyLost({ actorId }: ActorCell): LimelightError {
  return new LimelightError(`${actorId} restarted before its changes were stored`, {
    code: ErrorCode.ReplyLost,
  });
}

/** After a failure and a conflict the last commit stands, as it does for a life that a restart replaces. */
export function mayBeStored({ stopReason }: ActorCell): boolean {
  return stopReason !== StopReason.StateConflict && stopReason !== StopReason.Failed;
}

/** Whether neither a restart nor an end follows a failure. */
export function goesOn({ state, accepting, extrasIfAny }: ActorCell): boolean {
  return state === ActorState.Running && accepting && extrasIfAny?.pendingRestart === undefined;
}

/** Returns the error of what was to be stored when an activation has ended. */
export function endedError({ actorId, stopReason }: ActorCell): LimelightError {
  return new LimelightError(`${actorId} has ended`, { code: codeOf(stopReason) });
}

function codeOf(reason: StopReason | undefined): ErrorCode {
  if (reason === StopReason.Fenced) return ErrorCode.NotOwner;
  return reason === StopReason.Killed ? ErrorCode.ActorKilled : ErrorCode.ActorStopped;
}
