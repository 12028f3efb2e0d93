import { ActorState, AwakeReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "./cell.ts";

/** What keeps an actor awake, and how many of it there are. */
export interface AwakeCount {
  readonly reason: AwakeReason;
  readonly count: number;
}

/** Returns the first reason that applies why an actor is awake, or would be if its kind could sleep. */
export function awakeReason(cell: ActorCell): AwakeReason {
  if (cell.isStopped) return AwakeReason.Stopped;
  if (cell.current !== undefined) return AwakeReason.Handling;
  if (isInHook(cell)) return AwakeReason.Hook;
  if (cell.depth > 0) return AwakeReason.Mailbox;
  const extras = cell.extrasIfAny;
  if (extras === undefined) return cell.type.furtherAwakeReason(cell);
  if (extras.tasks.count(AwakeReason.Task) > 0) return AwakeReason.Task;
  if (extras.tasks.count(AwakeReason.Run) > 0) return AwakeReason.Run;
  if (extras.timers.size > 0) return AwakeReason.Timer;
  if (extras.children.size > 0) return AwakeReason.Child;
  if (extras.tasks.count(AwakeReason.KeepAwake) > 0) return AwakeReason.KeepAwake;
  const further = cell.type.furtherAwakeReason(cell);
  if (further === AwakeReason.Internal) return further;
  return extras.heldReplies?.awaited === true ? AwakeReason.Reply : further;
}

/** Returns all reasons that apply to what every kind of actor has, in the order of {@link awakeReason}. */
export function awakeCounts(cell: ActorCell): readonly AwakeCount[] {
  const extras = cell.extrasIfAny;
  const counts: readonly (readonly [AwakeReason, number])[] = [
    [AwakeReason.Handling, cell.current === undefined ? 0 : 1],
    [AwakeReason.Hook, cell.current === undefined && isInHook(cell) ? 1 : 0],
    [AwakeReason.Mailbox, cell.depth],
    [AwakeReason.Task, extras?.tasks.count(AwakeReason.Task) ?? 0],
    [AwakeReason.Run, extras?.tasks.count(AwakeReason.Run) ?? 0],
    [AwakeReason.Timer, extras?.timers.size ?? 0],
    [AwakeReason.Child, extras?.children.size ?? 0],
    [AwakeReason.KeepAwake, extras?.tasks.count(AwakeReason.KeepAwake) ?? 0],
    [AwakeReason.Reply, extras?.heldReplies?.awaitedCount ?? 0],
  ];
  return counts.filter(([, count]) => count > 0).map(([reason, count]) => ({ reason, count }));
}

/** Returns whether a start, restart or stop is in progress. A delayed restart has not begun yet. */
function isInHook({ blocked, state, extrasIfAny }: ActorCell): boolean {
  if (!blocked || state === ActorState.Running) return false;
  return extrasIfAny?.backOff?.waiting !== true;
}
