import { ActorState, AwakeReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "./cell.ts";
import type { CellExtras } from "./cell-extras.ts";

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
  if (hasTask(extras, AwakeReason.Task)) return AwakeReason.Task;
  if (hasTask(extras, AwakeReason.Run)) return AwakeReason.Run;
  if (extras.timers.size > 0) return AwakeReason.Timer;
  if (extras.children.size > 0) return AwakeReason.Child;
  if (hasTask(extras, AwakeReason.KeepAwake)) return AwakeReason.KeepAwake;
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
    [AwakeReason.Task, countTasks(extras, AwakeReason.Task)],
    [AwakeReason.Run, countTasks(extras, AwakeReason.Run)],
    [AwakeReason.Timer, extras?.timers.size ?? 0],
    [AwakeReason.Child, extras?.children.size ?? 0],
    [AwakeReason.KeepAwake, countTasks(extras, AwakeReason.KeepAwake)],
    [AwakeReason.Reply, extras?.heldReplies?.awaitedCount ?? 0],
  ];
  return counts.filter(([, count]) => count > 0).map(([reason, count]) => ({ reason, count }));
}

function hasTask({ tasks }: CellExtras, reason: AwakeReason): boolean {
  for (const task of tasks) if (task.keepsAwake === reason) return true;
  return false;
}

function countTasks(extras: CellExtras | undefined, reason: AwakeReason): number {
  let count = 0;
  for (const task of extras?.tasks ?? []) if (task.keepsAwake === reason) count += 1;
  return count;
}

/** Returns whether a start, restart or stop is in progress. A delayed restart has not begun yet. */
function isInHook({ blocked, state, extrasIfAny }: ActorCell): boolean {
  if (!blocked || state === ActorState.Running) return false;
  return extrasIfAny?.backOff?.waiting !== true;
}
