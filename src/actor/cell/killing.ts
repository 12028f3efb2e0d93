import { ErrorCode, LimelightError } from "../../base/errors.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import { cutShort } from "../dispatch/handling.ts";
import { beginClose, closeBooks, releaseClose } from "../lifecycle/closing.ts";
import { cancelTimers } from "../lifecycle/dependants.ts";
import { cutHookShort } from "../lifecycle/hooks.ts";
import { ABORT } from "../lifecycle/life-keys.ts";
import type { ActorCell } from "./cell.ts";

/** An actor whose children are being killed before it. */
interface Branch {
  readonly cell: ActorCell;
  readonly children: readonly ActorCell[];
  /** Index of the next child. */
  next: number;
}

/**
 * Ends an actor and its descendants immediately, even while they are running, children before parents. Uses a
 * list instead of recursion, since a tree may be deeper than the stack.
 */
export function kill(cell: ActorCell, reason: StopReason): void {
  const path: Branch[] = [];
  enter(path, cell, reason);
  try {
    for (let branch = path.at(-1); branch !== undefined; branch = path.at(-1)) {
      const child = branch.children[branch.next];
      branch.next += 1;
      if (child !== undefined) {
        enter(path, child, reason);
        continue;
      }
      end(branch.cell, reason);
      path.pop();
    }
  } finally {
    for (const branch of path) releaseClose(branch.cell);
  }
}

function enter(path: Branch[], cell: ActorCell, reason: StopReason): void {
  if (!beginClose(cell)) return;
  cell.stopReason = reason;
  path.push({ cell, children: cell.children?.members() ?? [], next: 0 });
}

function end(cell: ActorCell, reason: StopReason): void {
  const { current } = cell;
  if (current !== undefined) cutShort(cell, current);
  else cutHookShort(cell);
  const { actorId } = cell;
  cell.life[ABORT](new LimelightError(`${actorId} was killed`, { code: ErrorCode.ActorKilled }));
  cancelTimers(cell);
  cell.extrasIfAny?.backOff?.cancel();
  cell.type.system.dismissals.add(cell);
  closeBooks(cell, reason);
}
