import { ActorState, AwakeReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "./cell.ts";

/** Returns the first reason that applies why an actor is awake, or would be if its kind could sleep. */
export function awakeReason(cell: ActorCell): AwakeReason {
  if (cell.isStopped) return AwakeReason.Stopped;
  if (cell.current !== undefined) return AwakeReason.Handling;
  if (isInHook(cell)) return AwakeReason.Hook;
  if (cell.depth > 0) return AwakeReason.Mailbox;
  const extras = cell.extrasIfAny;
  if (extras === undefined) return AwakeReason.Idle;
  if (extras.tasks.size > 0) return AwakeReason.Task;
  if (extras.timers.size > 0) return AwakeReason.Timer;
  return extras.children.size > 0 ? AwakeReason.Child : AwakeReason.Idle;
}

/** Returns whether a start, restart or stop is in progress. A delayed restart has not begun yet. */
function isInHook({ blocked, state, extrasIfAny }: ActorCell): boolean {
  if (!blocked || state === ActorState.Running) return false;
  return extrasIfAny?.backOff?.waiting !== true;
}
