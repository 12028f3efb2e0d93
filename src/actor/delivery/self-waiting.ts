import type { Context } from "@opentelemetry/api";
import { AwaitedPromise } from "../../base/async/awaited-promise.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { ScopeKind } from "../../telemetry/context/actor-scope.ts";
import type { ActorCell } from "../cell/cell.ts";
import { callerIn, callerOf } from "./caller.ts";
import { TaskScope } from "./task-scope.ts";
import { noteStopWait } from "./wait-note.ts";

/**
 * Returns whether code that runs in `context` belongs to the current handler or hook of `cell`, so that
 * anything it awaits blocks the actor.
 */
export function isInside(cell: ActorCell, context: Context): boolean {
  if (cell.current === undefined && !cell.blocked) return false;
  if (cell.type.system.running === cell) return true;
  const caller = callerIn(context, undefined);
  if (caller?.cell !== cell) return false;
  switch (caller.part) {
    case ScopeKind.Handler:
      return cell.current !== undefined;
    case ScopeKind.Hook:
      return cell.current === undefined;
    case ScopeKind.Task:
      return false;
  }
}

/** Returns whether `cell` is `ancestor` or one of its descendants. */
function isWithin(cell: ActorCell, ancestor: ActorCell): boolean {
  for (let at: ActorCell | undefined = cell; at !== undefined; at = at.parent) {
    if (at === ancestor) return true;
  }
  return false;
}

/**
 * Returns the promise for a caller of `stop()`: `ended`, or a rejection when the stop would have to wait for
 * the calling handler or hook. A calling task is released once it awaits the stop.
 */
export function stopPromise<Value>(cell: ActorCell, ended: Promise<Value>): Promise<Value> {
  const context = activeContext();
  if (context instanceof TaskScope) {
    const { task } = context;
    if (!isWithin(task.cell, cell)) return noteStopWait(cell, ended);
    return new AwaitedPromise(ended, () => task.release());
  }
  const waiter = callerOf(cell.type.system)?.cell;
  if (waiter === undefined || !isWithin(waiter, cell) || !isInside(waiter, context)) {
    return noteStopWait(cell, ended);
  }
  ended.catch(() => {}); // why it has failed is logged
  const refused = Promise.reject(waitsForItself(cell, waiter));
  refused.catch(() => {}); // a stop that is not awaited is allowed
  return refused;
}

function waitsForItself(cell: ActorCell, waiter: ActorCell): UsageError {
  const { actorId } = cell;
  const { actorId: waiterId, currentMessage = "a hook" } = waiter;
  const whose = waiter === cell ? "its own handler or hook" : `its descendant ${waiterId}`;
  return new UsageError(
    `the stop of ${actorId} was awaited in ${currentMessage} of ${whose}, which it has to wait for; ` +
      "it is requested all the same: use c.stop(), or do not await it",
    { code: ErrorCode.SelfStop },
  );
}
