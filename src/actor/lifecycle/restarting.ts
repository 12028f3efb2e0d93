import type { SupervisionStrategy } from "../../supervision/strategy.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { dropRepliesAtRestart } from "../delivery/replies.ts";
import { BackOff } from "./back-off.ts";
import type { FailureReport } from "./failure-report.ts";
import {
  closeHookSpan,
  createState,
  type HookFailure,
  type HookSpan,
  openRestartSpan,
  runHook,
} from "./hooks.ts";
import { log } from "./logging.ts";
import { clearRestartDeadline, Overdue, setRestartDeadline } from "./stop-deadline.ts";
import { StopRequest } from "./stop-request.ts";
import { endDependants, reportStopFailure } from "./stopping.ts";

/** A restart that has been decided. */
export interface RestartOrder {
  /** What failed: this actor, or the sibling it restarts with. */
  readonly report: FailureReport;
  readonly strategy: SupervisionStrategy;
  /** How long the new life is put off. */
  readonly delayMs: number;
  /** The restart of the next older sibling: the new life begins after that one's. */
  readonly before?: Promise<void> | undefined;
  /** Tells the next younger sibling that it need not wait any longer. */
  readonly done?: () => void;
}

/**
 * Ends this life and begins another: fresh state, same address, same mailbox.
 *
 * @returns what the new life could not begin for, and the span it failed in
 */
export async function restart(
  cell: ActorCell,
  order: RestartOrder,
): Promise<FailedRestart | undefined> {
  const { extras } = cell;
  extras.restartOrder = order;
  try {
    return await liveAgain(cell, order);
  } finally {
    if (extras.restartOrder === order) extras.restartOrder = undefined;
    order.done?.();
  }
}

export interface FailedRestart {
  readonly error: Error;
  readonly span: HookSpan["span"];
}

async function liveAgain(
  cell: ActorCell,
  { report, strategy, delayMs, before }: RestartOrder,
): Promise<FailedRestart | undefined> {
  const { metrics, system } = cell.type;
  cell.blocked = true;
  const lived = cell.state === ActorState.Running;
  cell.enter(ActorState.Restarting);
  cell.extras.owedRestart = undefined;
  cell.extras.restarts += 1;
  metrics.restart(strategy, report.error);
  const hookSpan = openRestartSpan(cell, report.span);
  cell.life.abort(report.error);
  dropRepliesAtRestart(cell, report.error);
  await runHook(cell, hookSpan, () => endAffairs(cell));
  if (lived) await endLife(cell, hookSpan);
  if (before !== undefined) await before;
  const due = await putOff(cell, delayMs);
  const failed = due ? await beginLife(cell, hookSpan) : undefined;
  closeHookSpan(hookSpan, failed?.error);
  if (isEnded(cell)) return undefined; // killed meanwhile
  cell.blocked = false;
  if (failed !== undefined) return { error: failed.error, span: hookSpan.span };
  if (due) announce(cell);
  if (cell.runnable) system.dispatcher.schedule(cell);
  return undefined;
}

function announce(cell: ActorCell): void {
  const { extras } = cell;
  cell.enter(ActorState.Running);
  const { backOff, restarts } = extras;
  if (backOff !== undefined) backOff.livingSinceMs = cell.type.system.clock.monotonicMs();
  log(cell, "info", { event: "actor.restarted", restarts }, "actor restarted"); // in the failure's trace
  extras.unborn = false;
  extras.announceReady();
}

/**
 * Waits for the back-off.
 *
 * @returns `false` when the actor is to end instead: it has no state by which to handle what is queued
 */
async function putOff(cell: ActorCell, delayMs: number): Promise<boolean> {
  if (delayMs === 0 || !cell.accepting) return true;
  const { extras } = cell;
  extras.backOff ??= new BackOff();
  if (await extras.backOff.wait(cell, delayMs)) return true;
  cell.stopRequest = StopRequest.Now;
  return false;
}

function isEnded({ state }: ActorCell): boolean {
  return state === "stopped";
}

/** Ends what the life has set going; its tasks are told to end at once. */
async function endAffairs(cell: ActorCell): Promise<void> {
  if (cell.extras.children.size > 0) setRestartDeadline(cell, Overdue.Children);
  for (const task of cell.extras.tasks) task.cancel();
  await endDependants(cell);
  clearRestartDeadline(cell);
}

/** Runs `onStop` of a life that is over, unless the actor has been killed. */
async function endLife(cell: ActorCell, hookSpan: HookSpan): Promise<void> {
  const { life } = cell;
  const { onStop } = cell.type.options;
  if (onStop === undefined || isEnded(cell)) return;
  setRestartDeadline(cell, Overdue.Actor);
  const failed = await runHook(cell, hookSpan, () => onStop(life, "restart"));
  if (failed !== undefined) reportStopFailure(cell, failed.error);
  await runHook(cell, hookSpan, () => endAffairs(cell)); // what `onStop` has set going
}

/** Makes the new life's state and runs its `onStart`, unless the actor has been killed. */
async function beginLife(cell: ActorCell, hookSpan: HookSpan): Promise<HookFailure | undefined> {
  if (isEnded(cell)) return undefined;
  cell.renewLife();
  const { onStart } = cell.type.options;
  return createState(cell) ?? (await runHook(cell, hookSpan, () => onStart?.(cell.life)));
}
