import { Deferred } from "../../base/deferred.ts";
import { toError } from "../../base/errors.ts";
import { isThenable, onRejection } from "../../base/foreign-value.ts";
import {
  Directive,
  defaultDirective,
  FailurePhase,
  RestartPolicy,
} from "../../supervision/restart-policy.ts";
import { ActorState, StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { type Failure, isDirective } from "../definition/definition.ts";
import { nextDelayMs } from "./back-off.ts";
import type { FailureReport } from "./failure-report.ts";
import { log } from "./logging.ts";
import { type RestartOrder, restart } from "./restarting.ts";
import { Overdue, setRestartDeadline } from "./stop-deadline.ts";
import { StopRequest } from "./stop-request.ts";
import { admitRestarts, restartersWith, strategyOver } from "./supervising.ts";

/** Lets the actor, else its policy, decide what a failure leads to, and sees to it. */
export function answerFailure(cell: ActorCell, report: FailureReport): void {
  if (cell.state === "stopped") return;
  const { phase, error, envelope, childId } = report;
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
  const { metrics } = cell.type;
  // Who has asked for its end gets it, not another life.
  const directive =
    cell.stopRequest === StopRequest.Now
      ? Directive.Stop
      : (decided ?? defaultDirective(cell.restartSettings.policy, phase, restarting));
  metrics.failure(phase, error);
  cell.extras.lastError = error;
  const what = { phase, message_type: messageType, child_id: childId };
  const fields = { event: "actor.failed", ...what, directive, err: error };
  log(cell, "error", fields, "actor failed");
  // An actor that is ending anyway needs no answer; its failure is counted and logged all the same.
  if (cell.state !== ActorState.Stopping) carryOut(cell, directive, report);
}

function consult(
  cell: ActorCell,
  { phase, error, childId }: FailureReport,
  messageType: string | undefined,
): Directive | undefined {
  const { onFailure } = cell.type.options;
  if (onFailure === undefined) return undefined;
  const restarts = cell.knownExtras?.restarts ?? 0;
  const failure: Failure = {
    phase,
    error,
    restarts,
    ...(messageType === undefined ? {} : { messageType }),
    ...(childId === undefined ? {} : { childId }),
  };
  try {
    const directive: unknown = onFailure(cell.life, failure);
    if (isThenable(directive)) refusePromise(cell, directive);
    return isDirective(directive) ? directive : undefined;
  } catch (thrown) {
    log(cell, "error", { err: toError(thrown) }, "onFailure failed; the actor stops");
    return Directive.Stop;
  }
}

/** A promise decides nothing; it must not end the process either when it is a rejection. */
function refusePromise(cell: ActorCell, promise: unknown): void {
  log(cell, "error", {}, "onFailure must answer at once, not with a promise; the policy decides");
  onRejection(promise, (thrown) => {
    log(cell, "error", { err: toError(thrown) }, "the promise of onFailure was rejected");
  });
}

function carryOut(cell: ActorCell, directive: Directive, report: FailureReport): void {
  const { phase, error } = report;
  const started = phase !== FailurePhase.Start;
  switch (directive) {
    case Directive.Resume:
      // There is no state to go on with where the start itself failed.
      if (!started) give(cell, StopReason.StartFailed, error);
      return;
    case Directive.Stop:
      give(cell, started ? StopReason.Failed : StopReason.StartFailed, error);
      return;
    case Directive.Restart:
      restartWithSiblings(cell, report);
      return;
    case Directive.Escalate:
      giveUp(cell, report);
  }
}

function isEnded({ state }: ActorCell): boolean {
  return state === "stopped";
}

function give(cell: ActorCell, reason: StopReason, error: Error): void {
  cell.extras.lastError = error;
  cell.stopNow(reason);
  // Nobody has woken an actor that asked for its stop while it started.
  if (cell.runnable) cell.type.system.dispatcher.schedule(cell);
}

/** Restarts the actor, and its siblings where its parent's strategy says so; or gives it up at a limit. */
function restartWithSiblings(cell: ActorCell, report: FailureReport): void {
  const owed = cell.knownExtras?.owedRestart;
  // One restart mends all failures so far.
  if (cell.blocked && (owed !== undefined || cell.state === ActorState.Restarting)) return;
  if (owed !== undefined) {
    void restartNow(cell, owed);
    return;
  }
  const members = restartersWith(cell);
  const restarting = members.filter((member) => member === cell || mayRestart(member));
  if (!admitRestarts(cell, restarting)) {
    if (cell.extras.replaceable) give(cell, StopReason.Failed, report.error);
    else giveUp(cell, report);
    return;
  }
  for (const member of members) {
    if (!restarting.includes(member)) give(member, StopReason.SiblingFailed, report.error);
  }
  orderRestarts(cell, restarting, report);
}

function mayRestart({ restartSettings }: ActorCell): boolean {
  return restartSettings.policy !== RestartPolicy.Never;
}

/** The youngest are told first to end their lives; new ones begin with the oldest. */
function orderRestarts(
  failed: ActorCell,
  members: readonly ActorCell[],
  report: FailureReport,
): void {
  const strategy = strategyOver(failed);
  const delayMs = nextDelayMs(failed);
  if (members.length === 1) {
    carryOutRestart(failed, { report, strategy, delayMs });
    return;
  }
  let before: Promise<void> | undefined;
  const orders = members.map((member) => {
    const { promise, resolve } = new Deferred<void>();
    const ownDelayMs = member === failed ? delayMs : 0;
    const order = { report, strategy, delayMs: ownDelayMs, before, done: resolve };
    before = promise;
    return order;
  });
  for (let at = members.length - 1; at >= 0; at -= 1) {
    carryOutRestart(members[at] as ActorCell, orders[at] as RestartOrder);
  }
}

/** Restarts the actor now, or after the handler or hook that is under way. */
export function carryOutRestart(cell: ActorCell, order: RestartOrder): void {
  if (!cell.blocked) {
    void restartNow(cell, order);
    return;
  }
  cell.extras.owedRestart = order;
  // A restart that is under way has deadlines of its own, and its back-off may be long.
  if (cell.state !== ActorState.Restarting) setRestartDeadline(cell, Overdue.Actor);
  cell.life.abort(order.report.error);
}

/** Restarts the actor; a restart that fails is a failure like any other. Rejects never. */
export async function restartNow(cell: ActorCell, order: RestartOrder): Promise<void> {
  const failed = await restart(cell, order); // hooks hand their errors back
  if (failed !== undefined) answerFailure(cell, { phase: FailurePhase.Start, ...failed });
}

/** Ends the actor and lets its parent fail, which decides what that leads to. */
function giveUp(cell: ActorCell, report: FailureReport): void {
  const { parent, actorId: childId } = cell;
  const { error, span } = report;
  give(cell, StopReason.Failed, error);
  if (parent !== undefined)
    answerFailure(parent, { phase: FailurePhase.Child, error, childId, span });
}
