import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { isThenable, onRejection, property } from "../../base/foreign-value.ts";
import {
  Directive,
  defaultDirective,
  FailurePhase,
  RestartPolicy,
} from "../../supervision/restart-policy.ts";
import { ActorState, StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { type Failure, isDirective } from "../definition/definition.ts";
import type { FailureReport } from "./failure-report.ts";
import { log } from "./logging.ts";
import { StopRequest } from "./stop-request.ts";
import { admitRestarts, restartersWith } from "./supervising.ts";
import { type Verdict, VerdictKind } from "./verdict.ts";

const NOTHING: Verdict = { kind: VerdictKind.Nothing };

/**
 * Decides what a failure leads to: asks the actor's `onFailure`, else its policy, and checks the limits of
 * restarts. Counts and logs the failure.
 */
export function decide(cell: ActorCell, report: FailureReport): Verdict {
  if (cell.isStopped) return NOTHING;
  const { phase, error, envelope, childId } = report;
  const messageType = envelope?.route.messageType ?? report.name;
  const asked = envelope?.ask !== undefined; // not one whose reply was given away
  const decided = consult(cell, report, messageType);
  if (cell.isStopped) return NOTHING; // killed by its own `onFailure`
  if (asked && (decided === undefined || decided === Directive.Resume)) {
    // The caller has got the error; for the actor it is an answer like any other.
    log(cell, "debug", { message_type: messageType, err: error }, "ask rejected");
    return NOTHING;
  }
  const restarting = cell.state === ActorState.Restarting;
  const byPolicy = (): Directive =>
    isStartTimeout(error)
      ? Directive.Stop
      : defaultDirective(cell.restartSettings.policy, phase, restarting);
  // An actor that has asked for its end gets it, not another life.
  const directive =
    cell.stopRequest >= StopRequest.Now
      ? Directive.Stop
      : (decided ?? (refusedElsewhere(report) ? Directive.Resume : byPolicy()));
  cell.type.metrics.failure(phase, error);
  cell.ensureExtras().lastError = error;
  const what = { phase, message_type: messageType, child_id: childId };
  const fields = { event: "actor.failed", ...what, directive, err: error };
  log(cell, "error", fields, "actor failed");
  // An actor that is ending anyway, or was ended by a getter of the error or a stream of the log, needs no
  // answer; its failure is counted and logged all the same.
  const ending = cell.isStopped || cell.state === ActorState.Stopping;
  return ending ? NOTHING : verdictOf(cell, directive, phase);
}

/**
 * Whether a full mailbox of another actor is all that failed. Restarting the sender would lose its state and mend
 * nothing, and at its limit the overload would climb the tree.
 */
function refusedElsewhere({ phase, error }: FailureReport): boolean {
  const running =
    phase === FailurePhase.Handler || phase === FailurePhase.Task || phase === FailurePhase.Timer;
  if (!running || !LimelightError.is(error)) return false;
  return property(error, "code") === ErrorCode.MailboxFull;
}

/** Restarts that take so long would never reach their limit, while the messages of the actor wait. */
function isStartTimeout(error: Error): boolean {
  return LimelightError.is(error) && property(error, "code") === ErrorCode.StartTimeout;
}

function consult(
  cell: ActorCell,
  { phase, error, childId }: FailureReport,
  messageType: string | undefined,
): Directive | undefined {
  const { onFailure } = cell.type.options;
  if (onFailure === undefined) return undefined;
  const restarts = cell.extrasIfAny?.restarts ?? 0;
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

function verdictOf(cell: ActorCell, directive: Directive, phase: FailurePhase): Verdict {
  const started = phase !== FailurePhase.Start;
  switch (directive) {
    case Directive.Resume:
      // There is no state to go on with where the start itself failed.
      return started ? NOTHING : { kind: VerdictKind.Stop, reason: StopReason.StartFailed };
    case Directive.Stop:
      return {
        kind: VerdictKind.Stop,
        reason: started ? StopReason.Failed : StopReason.StartFailed,
      };
    case Directive.Restart:
      return restartVerdict(cell);
    case Directive.Escalate:
      return { kind: VerdictKind.GiveUp };
  }
}

/** A restart of the actor, and of its siblings where its parent's strategy says so; its end at a limit. */
function restartVerdict(cell: ActorCell): Verdict {
  const pending = cell.extrasIfAny?.pendingRestart;
  const underWay = cell.blocked && cell.state === ActorState.Restarting;
  if (pending !== undefined || underWay) return { kind: VerdictKind.PendingRestart };
  const concerned = restartersWith(cell);
  const members = concerned.filter((member) => member === cell || mayRestart(member));
  if (admitRestarts(cell, members)) {
    const ending = concerned.filter((member) => !members.includes(member));
    return { kind: VerdictKind.Restart, members, ending };
  }
  // Its pool puts another in its place, so that its parent need not answer for it.
  if (cell.ensureExtras().replaceable) return { kind: VerdictKind.Stop, reason: StopReason.Failed };
  return { kind: VerdictKind.GiveUp };
}

function mayRestart({ restartSettings }: ActorCell): boolean {
  return restartSettings.policy !== RestartPolicy.Never;
}
