import { type Clock, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { ABORT } from "./life-keys.ts";
import { type LifeEnd, RESTART } from "./phases.ts";
import { clearRestartDeadline, Overdue, setRestartDeadline } from "./stop-deadline.ts";

/** How long a task may run after its signal was aborted. */
const ABORTED_TASK_GRACE_MS = 1_000;

/** Whether a life has started anything that {@link endDependants} ends. */
export function hasDependants({ extrasIfAny }: ActorCell): boolean {
  if (extrasIfAny === undefined) return false;
  const { children, tasks, timers, endingsIfAny } = extrasIfAny;
  return children.size + tasks.size + timers.size + (endingsIfAny?.size ?? 0) > 0;
}

/**
 * Ends everything a life has started: cancels timers, stops children and waits for tasks. A restart aborts
 * the tasks immediately; a stop aborts them after the definition's deadline.
 */
export async function endDependants(cell: ActorCell, reason: LifeEnd): Promise<void> {
  const extras = cell.extrasIfAny;
  if (extras === undefined) return;
  if (reason === RESTART) {
    if (extras.children.size > 0) setRestartDeadline(cell, Overdue.Children);
    for (const task of [...extras.tasks]) task.cancel();
  }
  cancelTimers(cell);
  const children = extras.children.members();
  for (const child of children) child.drainAndStop(StopReason.ParentStopped);
  await Promise.all(children.map((child) => child.ensureExtras().stopped.promise));
  await endTasks(cell);
  if (reason === RESTART) clearRestartDeadline(cell);
}

/** Cancels timers and other sources of later messages to the actor. */
export function cancelTimers(cell: ActorCell): void {
  for (const timer of [...(cell.extrasIfAny?.timers ?? [])]) timer.cancel();
  cancelEndings(cell);
}

/** Cancels the sources of later messages to the actor that are not timers, such as pipes. */
export function cancelEndings({ extrasIfAny }: ActorCell): void {
  for (const ending of [...(extrasIfAny?.endingsIfAny ?? [])]) ending.cancel();
}

async function endTasks(cell: ActorCell): Promise<void> {
  const tasks = cell.extrasIfAny?.tasks;
  if (tasks === undefined || tasks.size === 0) return;
  const { settings, system } = cell.type;
  if (await areOver(tasks, settings.taskDeadlineMs, system.clock)) return;
  cell.life[ABORT](
    new LimelightError(`${cell.actorId} is stopping`, { code: ErrorCode.ActorStopped }),
  );
  for (const task of [...tasks]) task.cancel();
  if (await areOver(tasks, ABORTED_TASK_GRACE_MS, system.clock)) return;
  const { actorId, actorType } = cell;
  const fields = { target_id: actorId, kinds: [...tasks].map((task) => task.kind) };
  system.warn("actor.task.abandoned", actorType, fields, "tasks did not end");
  for (const task of [...tasks]) task.abandon();
}

/** The part of a task that its actor's end waits for. */
interface EndingTask {
  readonly holdsUpEnd: boolean;
  readonly over: Promise<void>;
}

/** Returns whether all tasks, also those that they start meanwhile, are over within `deadlineMs`. */
async function areOver(
  tasks: ReadonlySet<EndingTask>,
  deadlineMs: number,
  clock: Clock,
): Promise<boolean> {
  const untilMs = clock.monotonicMs() + deadlineMs;
  for (let leftMs = deadlineMs; ; leftMs = Math.max(0, untilMs - clock.monotonicMs())) {
    const running = [...tasks].filter((task) => task.holdsUpEnd);
    if (running.length === 0) return true;
    const over = Promise.all(running.map((task) => task.over));
    if (!(await settlesWithin(over, leftMs, clock))) return false;
  }
}

/** Returns whether `promise`, which never rejects, settles within `deadlineMs`. */
export function settlesWithin(
  promise: Promise<unknown>,
  deadlineMs: number,
  clock: Clock,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.schedule(() => resolve(false), deadlineMs, KeepAlive.Yes);
    void promise.then(() => {
      timer.cancel();
      resolve(true);
    });
  });
}
