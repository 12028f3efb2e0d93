import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";

/**
 * Limits how long the end of the actor may take. After the definition's `stopDeadlineMs` the actor and its
 * remaining descendants are killed.
 */
export function setStopDeadline(cell: ActorCell): void {
  if (cell.isStopped) return;
  const extras = cell.ensureExtras();
  extras.stopDeadline ??= arm(cell, () => {
    cell.type.stopOverdue(cell);
    cell.kill(StopReason.Killed);
  });
}

/** The actors that the deadline of a restart kills. */
export const Overdue = {
  /** The actor, if its own code does not end. */
  Actor: "actor",
  /** The children it waits for; the restart then continues. */
  Children: "children",
} as const;
export type Overdue = (typeof Overdue)[keyof typeof Overdue];

/** Limits how long a restart waits for something to end. Replaces the previous limit. */
export function setRestartDeadline(cell: ActorCell, overdue: Overdue): void {
  clearRestartDeadline(cell);
  if (cell.isStopped) return;
  cell.ensureExtras().restartDeadline = arm(cell, () => {
    const victims = overdue === Overdue.Actor ? [cell] : (cell.children?.members() ?? []);
    for (const victim of victims) victim.kill(StopReason.Killed);
  });
}

/** Cancels the restart deadline when the wait is over. */
export function clearRestartDeadline({ extrasIfAny }: ActorCell): void {
  if (extrasIfAny === undefined) return;
  extrasIfAny.restartDeadline?.cancel();
  extrasIfAny.restartDeadline = undefined;
}

/** Cancels all deadlines of an actor that has ended. */
export function clearDeadlines(cell: ActorCell): void {
  cell.extrasIfAny?.stopDeadline?.cancel();
  clearRestartDeadline(cell);
}

function arm(cell: ActorCell, end: () => void): ClockTimer {
  const { system, settings, name } = cell.type;
  const deadlineMs = settings.stopDeadlineMs;
  const overdue = (): void => {
    const fields = {
      target_id: cell.actorId,
      message_type: cell.currentMessage,
      children: cell.children?.size,
      deadline_ms: deadlineMs,
    };
    system.warn("actor.stop.overdue", name, fields, "actor did not end in time; it is killed");
    end();
  };
  return system.clock.schedule(overdue, deadlineMs, KeepAlive.Yes);
}
