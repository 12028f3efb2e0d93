import { ErrorCode, LimelightError } from "../../base/errors.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import { cutShort } from "../dispatch/handling.ts";
import { closeBooks, closeOnce } from "../lifecycle/closing.ts";
import { cancelTimers } from "../lifecycle/dependants.ts";
import { cutHookShort } from "../lifecycle/hooks.ts";
import type { ActorCell } from "./cell.ts";

/** Ends an actor and its children immediately, even while they are running. */
export function kill(cell: ActorCell, reason: StopReason): void {
  closeOnce(cell, () => {
    cell.stopReason = reason;
    const extras = cell.extrasIfAny;
    for (const child of extras?.children.members() ?? []) kill(child, reason);
    const { current } = cell;
    if (current !== undefined) cutShort(cell, current);
    else cutHookShort(cell);
    const { actorId } = cell;
    cell.life.abort(new LimelightError(`${actorId} was killed`, { code: ErrorCode.ActorKilled }));
    cancelTimers(cell);
    extras?.backOff?.cancel();
    cell.type.system.dismissals.add(cell);
    closeBooks(cell, reason);
  });
}
