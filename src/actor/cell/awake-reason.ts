import { ActorState, AwakeReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "./cell.ts";

/** Why an actor is not asleep, or would not be if its kind could sleep: the first reason that holds. */
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

/** Whether a start, restart or stop is under way; a restart that is put off is not yet. */
function isInHook({ blocked, state, extrasIfAny }: ActorCell): boolean {
  if (!blocked || state === ActorState.Running) return false;
  return extrasIfAny?.backOff?.waiting !== true;
}
