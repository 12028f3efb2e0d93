import type { Span } from "@opentelemetry/api";
import { toError } from "../base/errors.ts";
import { Directive, defaultDirective, FailurePhase } from "../supervision/restart-policy.ts";
import { RestartWindow } from "../supervision/restart-window.ts";
import { ActorState, StopReason } from "../telemetry/attributes.ts";
import type { ActorCell } from "./cell.ts";
import { type Failure, isDirective } from "./definition.ts";
import type { Envelope } from "./envelope.ts";
import { closeHookSpan, createState, type HookSpan, openRestartSpan, runHook } from "./hooks.ts";
import { log } from "./logging.ts";
import { dropRepliesAtRestart } from "./replies.ts";
import { clearRestartDeadline, Overdue, setRestartDeadline } from "./stop-deadline.ts";
import { StopRequest } from "./stop-request.ts";
import { endDependants, reportStopFailure } from "./stopping.ts";

/** How a single actor restarts; the strategies for whole families come with supervision trees. */
const STRATEGY = "one_for_one";

/** Something of an actor failed. */
export interface FailureReport {
  readonly phase: FailurePhase;
  readonly error: Error;
  /** The message whose handler failed. */
  readonly envelope?: Envelope;
  /** The task that failed. */
  readonly name?: string;
  /** The span of what failed: a restart links to it. */
  readonly span?: Span | undefined;
}

/** Lets the actor, else its policy, decide what a failure leads to, and sees to it. */
export function answerFailure(cell: ActorCell, report: FailureReport): void {
  if (cell.state === "stopped") return;
  const { phase, error, envelope } = report;
  const messageType = envelope?.route.messageType ?? report.name;
  const asked = envelope?.ask !== undefined; // not one whose reply was given away
  const decided = consult(cell, report, messageType);
  if (isEnded(cell)) return; // killed by its own `onFailure`
  if (asked && (decided === undefined || decided === Directive.Resume)) {
    // The caller has got the error; for the actor it is an answer like any other.
    log(cell, "debug", { message_type: messageType, err: error }, "ask rejected");
    return;
  }
  const restarting = cell.state === ActorState.Restarting;
  const { settings, metrics } = cell.type;
  // Who has asked for its end gets it, not another life.
  const directive =
    cell.stopRequest === StopRequest.Now
      ? Directive.Stop
      : (decided ?? defaultDirective(settings.restartPolicy, phase, restarting));
  metrics.failure(phase, error);
  cell.extras.lastError = error;
  const fields = { event: "actor.failed", phase, message_type: messageType, directive, err: error };
  log(cell, "error", fields, "actor failed");
  // An actor that is ending anyway needs no answer; its failure is counted and logged all the same.
  if (cell.state !== ActorState.Stopping) carryOut(cell, directive, report);
}

function consult(
  cell: ActorCell,
  { phase, error }: FailureReport,
  messageType: string | undefined,
): Directive | undefined {
  const { onFailure } = cell.type.options;
  if (onFailure === undefined) return undefined;
  const restarts = cell.knownExtras?.restarts ?? 0;
  const failure: Failure =
    messageType === undefined
      ? { phase, error, restarts }
      : { phase, error, messageType, restarts };
  try {
    const directive: unknown = onFailure(cell.life, failure);
    if (directive instanceof Promise) refusePromise(cell, directive);
    return isDirective(directive) ? directive : undefined;
  } catch (thrown) {
    log(cell, "error", { err: toError(thrown) }, "onFailure failed; the actor stops");
    return Directive.Stop;
  }
}

/** A promise decides nothing; it must not end the process either when it is a rejection. */
function refusePromise(cell: ActorCell, promise: Promise<unknown>): void {
  log(cell, "error", {}, "onFailure must answer at once, not with a promise; the policy decides");
  promise.catch((thrown: unknown) => {
    log(cell, "error", { err: toError(thrown) }, "the promise of onFailure was rejected");
  });
}

function carryOut(cell: ActorCell, directive: Directive, report: FailureReport): void {
  const started = report.phase !== FailurePhase.Start;
  switch (directive) {
    case Directive.Resume:
      // There is no state to go on with where the start itself failed.
      if (!started) give(cell, StopReason.StartFailed);
      return;
    case Directive.Stop:
      give(cell, started ? StopReason.Failed : StopReason.StartFailed);
      return;
    case Directive.Restart:
      restartOnce(cell, report);
  }
}

function isEnded({ state }: ActorCell): boolean {
  return state === "stopped";
}

function give(cell: ActorCell, reason: StopReason): void {
  cell.stopNow(reason);
  // Nobody has woken an actor that asked for its stop while it started.
  if (cell.runnable) cell.type.system.dispatcher.schedule(cell);
}

/** Restarts the actor, after the handler or hook that is under way; one restart mends all failures so far. */
function restartOnce(cell: ActorCell, report: FailureReport): void {
  const { extras } = cell;
  const owed = extras.owedRestart !== undefined;
  if (cell.blocked && (owed || cell.state === ActorState.Restarting)) return;
  if (!owed && !admitRestart(cell)) {
    give(cell, StopReason.Failed);
  } else if (cell.blocked) {
    extras.owedRestart = report;
    setRestartDeadline(cell, Overdue.Actor);
    cell.life.abort(report.error);
  } else {
    void restart(cell, report); // hooks hand their errors back
  }
}

function admitRestart(cell: ActorCell): boolean {
  const { extras } = cell;
  const { maxRestarts, windowMs } = cell.type.settings;
  extras.restartWindow ??= new RestartWindow({ maxRestarts, windowMs });
  if (extras.restartWindow.admit(cell.type.system.clock.monotonicMs())) return true;
  const fields = { restarts: maxRestarts, window_ms: windowMs };
  log(cell, "error", fields, "restart limit reached");
  return false;
}

/** Ends this life and begins another: fresh state, same address, same mailbox. */
export async function restart(cell: ActorCell, report: FailureReport): Promise<void> {
  const { metrics, system } = cell.type;
  cell.blocked = true;
  const lived = cell.state === ActorState.Running;
  cell.enter(ActorState.Restarting);
  cell.extras.owedRestart = undefined;
  cell.extras.restarts += 1;
  metrics.restart(STRATEGY, report.error);
  const hookSpan = openRestartSpan(cell, report.span);
  cell.life.abort(report.error);
  dropRepliesAtRestart(cell, report.error);
  await runHook(cell, hookSpan, () => endAffairs(cell));
  if (lived) await endLife(cell, hookSpan);
  const error = await beginLife(cell, hookSpan);
  closeHookSpan(hookSpan, error);
  if (isEnded(cell)) return; // killed meanwhile
  cell.blocked = false;
  if (error !== undefined) {
    answerFailure(cell, { phase: FailurePhase.Start, error, span: hookSpan.span });
    return;
  }
  cell.enter(ActorState.Running);
  const fields = { event: "actor.restarted", restarts: cell.extras.restarts };
  log(cell, "info", fields, "actor restarted"); // in the trace of the failure
  cell.extras.unborn = false;
  cell.extras.announceReady();
  if (cell.runnable) system.dispatcher.schedule(cell);
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
  const error = await runHook(cell, hookSpan, () => onStop(life, "restart"));
  if (error !== undefined) reportStopFailure(cell, error);
  await runHook(cell, hookSpan, () => endAffairs(cell)); // what `onStop` has set going
}

/** Makes the new life's state and runs its `onStart`, unless the actor has been killed. */
async function beginLife(cell: ActorCell, hookSpan: HookSpan): Promise<Error | undefined> {
  if (isEnded(cell)) return undefined;
  cell.renewLife();
  const { onStart } = cell.type.options;
  return createState(cell) ?? (await runHook(cell, hookSpan, () => onStart?.(cell.life)));
}
