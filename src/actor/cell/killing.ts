import { ErrorCode, LimelightError } from "../../base/errors.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import { cutShort } from "../dispatch/handling.ts";
import { StopRequest } from "../lifecycle/stop-request.ts";
import { cancelTimers, closeBooks, dismissQueued } from "../lifecycle/stopping.ts";
import type { ActorCell } from "./cell.ts";

/** Ends an actor and its children at once, whatever they are doing. */
export function kill(cell: ActorCell, reason: StopReason): void {
  if (cell.state === "stopped") return;
  cell.stopReason = reason;
  cell.stopRequest = StopRequest.Now;
  const extras = cell.knownExtras;
  for (const child of extras?.children.members() ?? []) kill(child, reason);
  const { current } = cell;
  if (current !== undefined) cutShort(cell, current);
  cell.life.abort(
    new LimelightError(`${cell.actorId} was killed`, { code: ErrorCode.ActorKilled }),
  );
  cancelTimers(cell);
  extras?.backOff?.cancel();
  dismissQueued(cell);
  closeBooks(cell, reason);
}
