import type { Span } from "@opentelemetry/api";
import { Deferred } from "../../base/async/deferred.ts";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import type { SupervisionStrategy } from "../../supervision/strategy.ts";
import { ActorState, StopReason } from "../../telemetry/attributes.ts";
import { context as otel } from "../../telemetry/context/api.ts";
import type { ActorCell } from "../cell/cell.ts";
import { dropRepliesAtRestart } from "../delivery/replies.ts";
import { BackOff, nextDelayMs } from "./back-off.ts";
import { closeHookSpan, type HookFailure, type HookSpan, openRestartSpan } from "./hooks.ts";
import { beginLife, endLife } from "./life.ts";
import { ABORT } from "./life-keys.ts";
import { log } from "./logging.ts";
import { RESTART } from "./phases.ts";
import { Overdue, setRestartDeadline } from "./stop-deadline.ts";
import { StopRequest } from "./stop-request.ts";
import { strategyOver } from "./supervising.ts";

/** The cause of a restart. */
export interface RestartCause {
  /** The error of this actor, or of the sibling with which it restarts. */
  readonly error: Error;
  /** The span of the failed operation; the restart links to it. */
  readonly span?: Span | undefined;
}

/** A restart that has been decided. */
export interface RestartOrder {
  readonly cause: RestartCause;
  readonly strategy: SupervisionStrategy;
  /** Delay before the new life, in milliseconds. */
  readonly delayMs: number;
  /** The restart of the next older sibling, after which the new life begins. */
  readonly before?: Promise<void> | undefined;
  /** Ends the wait of the next younger sibling. */
  readonly done?: () => void;
}

/** Orders the restarts of a group of actors: lives end from the youngest on and begin from the oldest on. */
export function orderRestarts(
  failed: ActorCell,
  members: readonly ActorCell[],
  cause: RestartCause,
): void {
  const strategy = strategyOver(failed);
  const delayMs = nextDelayMs(failed);
  if (members.length === 1) {
    orderRestart(failed, { cause, strategy, delayMs });
    return;
  }
  let before: Promise<void> | undefined;
  const orders = members.map((member) => {
    const { promise, resolve } = new Deferred<void>();
    const ownDelayMs = member === failed ? delayMs : 0;
    const order = { cause, strategy, delayMs: ownDelayMs, before, done: resolve };
    before = promise;
    return order;
  });
  for (let at = members.length - 1; at >= 0; at -= 1) {
    orderRestart(members[at] as ActorCell, orders[at] as RestartOrder);
  }
}

/** Restarts the actor now, or after the current handler or hook. */
export function orderRestart(cell: ActorCell, order: RestartOrder): void {
  if (hasEnded(cell)) {
    order.done?.();
    return;
  }
  if (!cell.blocked && cell.current === undefined) {
    void restart(cell, order); // never rejects
    return;
  }
  cell.ensureExtras().pendingRestart = order;
  if (!cell.blocked) cell.type.system.slice.end(); // ordered by its own handler, which is on the stack
  // A restart in progress has its own deadlines, and its back-off may be long.
  if (cell.state !== ActorState.Restarting) setRestartDeadline(cell, Overdue.Actor);
  cell.life[ABORT](order.cause.error);
}

/**
 * Returns whether the actor has been ended since its restart was decided, by an abort listener of a sibling
 * or a stream of the log.
 */
function hasEnded({ isStopped, stopRequest }: ActorCell): boolean {
  return isStopped || stopRequest === StopRequest.Closing;
}

/**
 * Ends the current life and begins another with fresh state, the same address and the same mailbox. A life
 * that cannot begin is handled like any other failure. The promise never rejects.
 */
export function restart(cell: ActorCell, order: RestartOrder): Promise<void> {
  // Runs in the base frame: stores of the ordering code, such as a request's, must not reach the new life.
  return cell.type.system.dispatcher.frame.within(otel.active(), carryOut, cell, order);
}

async function carryOut(cell: ActorCell, order: RestartOrder): Promise<void> {
  const extras = cell.ensureExtras();
  extras.restartOrder = order;
  const { cause, strategy } = order;
  const phases = cell.state === ActorState.Running ? cell.type.endPhases : [];
  cell.blocked = true;
  cell.enter(ActorState.Restarting);
  extras.pendingRestart = undefined;
  extras.restarts += 1;
  cell.type.metrics.restart(strategy, cause.error);
  const span = openRestartSpan(cell, cause.span);
  cell.life[ABORT](cause.error);
  dropRepliesAtRestart(cell, cause.error);
  await endLife(cell, span, RESTART, phases);
  const failure = await beginNextLife(cell, span, order);
  const error = failure?.error;
  closeHookSpan(cell, span, error);
  if (extras.restartOrder === order) extras.restartOrder = undefined;
  if (!cell.isStopped) cell.blocked = false;
  order.done?.();
  if (cell.isStopped) return; // killed meanwhile
  if (error !== undefined) cell.fail({ phase: FailurePhase.Start, error, span: span.span });
  else if (cell.runnable) cell.type.system.dispatcher.schedule(cell);
  else cell.noticeIdle();
}

/** Begins the next life after its delay, unless the actor ends before. */
async function beginNextLife(
  cell: ActorCell,
  span: HookSpan,
  { before, delayMs }: RestartOrder,
): Promise<HookFailure | undefined> {
  if (before !== undefined) await before;
  if (!(await putOff(cell, delayMs)) || cell.isStopped) return undefined;
  cell.renewLife();
  const failure = await beginLife(cell, span);
  if (failure === undefined && !cell.isStopped) announce(cell);
  return failure;
}

function announce(cell: ActorCell): void {
  const extras = cell.ensureExtras();
  cell.enter(ActorState.Running);
  const { backOff, restarts } = extras;
  if (backOff !== undefined) backOff.livingSinceMs = cell.type.system.clock.monotonicMs();
  log(cell, "info", { event: "actor.restarted", restarts }, "actor restarted"); // in the failure's trace
  extras.neverStarted = false;
  extras.announceReady();
}

/**
 * Waits for the back-off.
 *
 * @returns `false` when the actor is to end instead, since it has no state to handle queued messages with
 */
async function putOff(cell: ActorCell, delayMs: number): Promise<boolean> {
  if (delayMs === 0 || !cell.accepting) return true;
  const { system } = cell.type;
  if (system.clock.monotonicMs() + delayMs > system.drainUntilMs) {
    // The next life would begin after the shutdown has stopped waiting for it.
    cell.stopNow(StopReason.Shutdown);
    return false;
  }
  const extras = cell.ensureExtras();
  extras.backOff ??= new BackOff();
  if (await extras.backOff.wait(cell, delayMs)) return true;
  if (!cell.isStopped) cell.stopRequest = StopRequest.Now;
  return false;
}
