import type { Context } from "@opentelemetry/api";
import { AwaitedPromise } from "../../base/awaited-promise.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { ScopeKind } from "../../telemetry/actor-scope.ts";
import { activeContext } from "../../telemetry/api-globals.ts";
import type { ActorCell } from "../cell/cell.ts";
import { callerIn, callerOf } from "./caller.ts";
import { TaskScope } from "./task-scope.ts";
import { noteStopWait } from "./wait-note.ts";

/**
 * Whether code that runs in `context` belongs to the handler or hook of `cell` that is under way, so that
 * what it awaits keeps the actor from everything else.
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

/** `cell` itself or an actor below it. */
function isWithin(cell: ActorCell, ancestor: ActorCell): boolean {
  for (let at: ActorCell | undefined = cell; at !== undefined; at = at.parent) {
    if (at === ancestor) return true;
  }
  return false;
}

/**
 * What a caller of `stop()` gets: `ended`, unless the stop would have to wait for the caller itself. A
 * handler or hook is told so; for a task the stop does not wait once the task waits for the stop.
 */
export function stopPromise(cell: ActorCell, ended: Promise<unknown>): Promise<void> {
  const promise = ended.then(() => {});
  const context = activeContext();
  if (context instanceof TaskScope) {
    const { task } = context;
    if (!isWithin(task.cell, cell)) return noteStopWait(cell, promise);
    return new AwaitedPromise(promise, () => task.release());
  }
  const waiter = callerOf(cell.type.system)?.cell;
  if (waiter === undefined || !isWithin(waiter, cell) || !isInside(waiter, context)) {
    return noteStopWait(cell, promise);
  }
  const refused = Promise.reject(waitsForItself(cell, waiter));
  refused.catch(() => {}); // a stop that is not awaited is in order
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
