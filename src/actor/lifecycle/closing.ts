import { ActorState, type StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { dropReplies } from "../delivery/replies.ts";
import { notifyAndUnlinkAll } from "./links.ts";
import { log, writes } from "./logging.ts";
import { clearDeadlines } from "./stop-deadline.ts";
import { StopRequest } from "./stop-request.ts";

/**
 * Runs `end`, the final step of an actor, unless it is running or has run. It calls user code (abort
 * listeners, listeners of dead letters, log streams), which may end the actor, its parent or its system
 * again. Such nested calls return immediately, and the first call does all the work.
 */
export function closeOnce(cell: ActorCell, end: () => void): void {
  if (!beginClose(cell)) return;
  try {
    end();
  } finally {
    releaseClose(cell);
  }
}

/** Claims the final step of an actor; `false` if it has already been claimed. {@link releaseClose} must follow. */
export function beginClose(cell: ActorCell): boolean {
  if (cell.stopRequest === StopRequest.Closing || cell.isStopped) return false;
  cell.stopRequest = StopRequest.Closing;
  return true;
}

/** Allows a second attempt at the final step if a fault of the runtime prevented the first. */
export function releaseClose(cell: ActorCell): void {
  if (!cell.isStopped) cell.stopRequest = StopRequest.Now;
}

/** Removes the actor from the gauges and settles waits for it. Call only after {@link beginClose}. */
export function closeBooks(cell: ActorCell, reason: StopReason): void {
  const { metrics, settings, system } = cell.type;
  if (cell.state === ActorState.Starting) cell.ensureExtras().neverStarted = true;
  const extras = cell.extrasIfAny;
  cell.stopReason = reason;
  for (const task of [...(extras?.tasks ?? [])]) {
    task.cancel();
    task.abandon();
  }
  clearDeadlines(cell);
  for (const subscription of [...(extras?.subscriptionsIfAny ?? [])]) subscription.cancel();
  // Siblings that restart after this one stop waiting, even if its hooks never end.
  extras?.restartOrder?.done?.();
  extras?.pendingRestart?.done?.();
  cell.enter("stopped");
  dropReplies(cell);
  if (extras?.neverStarted === true) extras.announceReady(cell.startFailedError());
  cell.scope = undefined;
  metrics.stopped(reason);
  metrics.mailboxLimit.add(-settings.mailboxLimit);
  if (extras?.name !== undefined) system.names.delete(extras.name);
  (cell.parent?.children ?? system.topLevel).remove(cell);
  if (writes(system.logger, "info")) {
    const fields = { event: "actor.stopped", reason, err: cell.causeOfEnd };
    log(cell, "info", fields, "actor stopped");
  }
  cell.parent?.noticeIdle();
  notifyAndUnlinkAll(cell);
  extras?.announceStopped(reason);
}
