import { ROOT_CONTEXT } from "@opentelemetry/api";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import { baseOf, spanOf } from "../../telemetry/actor-scope.ts";
import { ActorState, DeadLetterReason, StopReason } from "../../telemetry/attributes.ts";
import type { AnyOptions } from "../cell/actor-type.ts";
import type { ActorCell } from "../cell/cell.ts";
import { dropReplies } from "../delivery/replies.ts";
import { closeHookSpan, openHookSpan, runHook } from "./hooks.ts";
import { partFromAll } from "./links.ts";
import { log } from "./logging.ts";
import { clearDeadlines, setStopDeadline } from "./stop-deadline.ts";
import { StopRequest } from "./stop-request.ts";

/** How long a task that was told to end may take to do so. */
const ABORTED_TASK_GRACE_MS = 1_000;

/**
 * Ends an actor that has handled its last message: what is still queued becomes dead letters, children
 * stop, tasks are awaited, `onStop` runs.
 */
export function finishStop(cell: ActorCell): void {
  // An actor that has never run, or is between two lives, has nothing for `onStop` to release.
  const onStop = cell.state === ActorState.Running ? cell.type.options.onStop : undefined;
  cell.enter(ActorState.Stopping);
  cell.blocked = true;
  cell.stopReason ??= StopReason.Normal;
  dismissQueued(cell);
  const extras = cell.knownExtras;
  const busy = extras !== undefined && (extras.tasks.size > 0 || extras.children.size > 0);
  const { tracing } = cell.type.system;
  if (!busy && onStop === undefined && !tracing.active) {
    closeBooks(cell, cell.stopReason);
  } else {
    setStopDeadline(cell);
    void finishSlowly(cell, cell.stopReason, onStop); // throws nothing: hooks hand errors back
  }
}

async function finishSlowly(
  cell: ActorCell,
  reason: StopReason,
  onStop: AnyOptions["onStop"],
): Promise<void> {
  const context = cell.extras.stopContext;
  const parent = context === ROOT_CONTEXT ? undefined : spanOf(context);
  const hookSpan = openHookSpan(cell, "stop", baseOf(context), parent);
  await runHook(cell, hookSpan, () => endDependants(cell));
  let error: Error | undefined;
  if (cell.state === ActorState.Stopping && onStop !== undefined) {
    error = (await runHook(cell, hookSpan, () => onStop(cell.life, reason)))?.error;
    await runHook(cell, hookSpan, () => endTasks(cell)); // those that `onStop` has spawned
  }
  await runHook(cell, hookSpan, () => {
    if (error !== undefined) reportStopFailure(cell, error);
    closeBooks(cell, reason);
  });
  closeHookSpan(hookSpan, error);
}

/** A throwing `onStop` ends nothing that is not ending anyway; it is counted and logged. */
export function reportStopFailure(cell: ActorCell, error: Error): void {
  cell.type.metrics.failure(FailurePhase.Stop, error);
  const fields = { event: "actor.failed", phase: FailurePhase.Stop, err: error };
  log(cell, "error", fields, "onStop failed");
}

/** Cancels timers, stops children and waits for tasks: what a stop and a restart have in common. */
export async function endDependants(cell: ActorCell): Promise<void> {
  const extras = cell.knownExtras;
  if (extras === undefined) return;
  cancelTimers(cell);
  const children = extras.children.members();
  for (const child of children) child.drainAndStop(StopReason.ParentStopped);
  await Promise.all(children.map((child) => child.extras.stopped.promise));
  await endTasks(cell);
}

/** Forgets what the actor wanted to be told later. */
export function cancelTimers(cell: ActorCell): void {
  const extras = cell.knownExtras;
  for (const timer of [...(extras?.timers ?? [])]) timer.cancel();
  for (const ending of [...(extras?.knownEndings ?? [])]) ending.cancel();
}

async function endTasks(cell: ActorCell): Promise<void> {
  const tasks = cell.knownExtras?.tasks;
  if (tasks === undefined || tasks.size === 0) return;
  const { settings, system } = cell.type;
  const over = Promise.all([...tasks].map((task) => task.over));
  if (await settlesWithin(over, settings.taskDeadlineMs, system.clock)) return;
  cell.life.abort(
    new LimelightError(`${cell.actorId} is stopping`, { code: ErrorCode.ActorStopped }),
  );
  for (const task of tasks) task.cancel();
  if (await settlesWithin(over, ABORTED_TASK_GRACE_MS, system.clock)) return;
  const kinds = [...tasks].map((task) => task.kind);
  const { actorId, actorType } = cell;
  system.warn(
    "actor.task.abandoned",
    actorType,
    { target_id: actorId, kinds },
    "tasks did not end",
  );
  for (const task of [...tasks]) task.abandon();
}

/** Whether `promise`, which never rejects, settles before `deadlineMs` are over. */
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

/** What is queued will not be handled any more: asks are rejected, all become dead letters. */
export function dismissQueued(cell: ActorCell): void {
  const { system, metrics } = cell.type;
  for (let envelope = cell.dequeue(); envelope !== undefined; envelope = cell.dequeue()) {
    metrics.mailboxDepth.add(-1);
    envelope.ask?.reject(cell.ended(envelope.route.messageType));
    system.deadLetter(cell, envelope, DeadLetterReason.Undelivered);
  }
  cell.knownExtras?.parked?.dismiss(cell);
}

/** Gives every contribution back, once, and tells those who wait. */
export function closeBooks(cell: ActorCell, reason: StopReason): void {
  if (cell.state === "stopped") return;
  const { metrics, settings, system } = cell.type;
  if (cell.state === ActorState.Starting) cell.extras.unborn = true;
  const extras = cell.knownExtras;
  cell.stopReason = reason;
  cell.stopRequest = StopRequest.Now;
  for (const task of [...(extras?.tasks ?? [])]) {
    task.cancel();
    task.abandon();
  }
  clearDeadlines(cell);
  for (const subscription of [...(extras?.knownSubscriptions ?? [])]) subscription.cancel();
  // Siblings that restart after this one wait no longer, although its hooks may never end.
  extras?.restartOrder?.done?.();
  extras?.owedRestart?.done?.();
  cell.enter("stopped");
  dropReplies(cell);
  if (extras?.unborn === true) extras.announceReady(cell.neverRan());
  cell.scope = undefined;
  metrics.stopped(reason);
  metrics.mailboxLimit.add(-settings.mailboxLimit);
  if (extras?.name !== undefined) system.names.delete(extras.name);
  (cell.parent?.children ?? system.topLevel).remove(cell);
  if (system.logger.isLevelEnabled("info")) {
    const fields = { event: "actor.stopped", reason, err: cell.causeOfEnd };
    log(cell, "info", fields, "actor stopped");
  }
  partFromAll(cell);
  extras?.announceStopped(reason);
}
