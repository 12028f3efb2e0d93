import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { SupervisionStrategy } from "../../supervision/strategy.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { orderRestart } from "../lifecycle/restarting.ts";

/**
 * Restarts an actor at an external request, after the current handler or hook. Since nothing has failed, the
 * restart counts towards no limit, does not affect siblings, and is not delayed.
 *
 * @throws {@link LimelightError} `ERR_ACTOR_STOPPED` when the actor has ended or is stopping
 */
export function restartOnRequest(cell: ActorCell): void {
  const { actorId, accepting, state } = cell;
  if (!accepting || cell.isStopped) {
    throw new LimelightError(`${actorId} is ending and cannot be restarted`, {
      code: ErrorCode.ActorStopped,
    });
  }
  // In any other state, or with a pending restart, it begins a new life anyway.
  if (state !== ActorState.Running || cell.extrasIfAny?.pendingRestart !== undefined) return;
  const error = new LimelightError(`a restart of ${actorId} was asked for`, {
    code: ErrorCode.RestartRequested,
  });
  orderRestart(cell, { cause: { error }, strategy: SupervisionStrategy.OneForOne, delayMs: 0 });
}
