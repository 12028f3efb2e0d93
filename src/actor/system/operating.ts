import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { SupervisionStrategy } from "../../supervision/strategy.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { orderRestart } from "../lifecycle/restarting.ts";

/**
 * Gives an actor another life because somebody outside asks for it, after the handler or hook that is
 * under way. Nothing has failed: no limit counts it, siblings stay, and it is not put off.
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
  // It is about to begin a life anyway.
  if (state !== ActorState.Running || cell.extrasIfAny?.pendingRestart !== undefined) return;
  const error = new LimelightError(`a restart of ${actorId} was asked for`, {
    code: ErrorCode.RestartRequested,
  });
  orderRestart(cell, { cause: { error }, strategy: SupervisionStrategy.OneForOne, delayMs: 0 });
}
