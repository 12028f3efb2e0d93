import { FailurePhase } from "../../supervision/restart-policy.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { FailureReport } from "./failure-report.ts";
import { orderRestarts, restart } from "./restarting.ts";

/** How a failure is handled. */
export const VerdictKind = {
  /** The actor continues. */
  Nothing: "nothing",
  Stop: "stop",
  Restart: "restart",
  /** A restart is pending or in progress, and covers this failure too. */
  PendingRestart: "pending_restart",
  /** The actor ends, and its parent fails. */
  GiveUp: "give_up",
} as const;
export type VerdictKind = (typeof VerdictKind)[keyof typeof VerdictKind];

/** The decision about a failure. */
export type Verdict =
  | {
      readonly kind:
        | typeof VerdictKind.Nothing
        | typeof VerdictKind.PendingRestart
        | typeof VerdictKind.GiveUp;
    }
  | { readonly kind: typeof VerdictKind.Stop; readonly reason: StopReason }
  | {
      readonly kind: typeof VerdictKind.Restart;
      /** The actors that restart, oldest first, including the failed one. */
      readonly members: readonly ActorCell[];
      /** Siblings of the restart group that end instead, according to their policy. */
      readonly ending: readonly ActorCell[];
    };

/** A failure that a failed child causes in its parent. */
export interface Escalation {
  readonly cell: ActorCell;
  readonly report: FailureReport;
}

/**
 * Applies the decision about a failure of `cell`.
 *
 * @returns the failure of the parent that follows from it, if any
 */
export function carryOut(
  cell: ActorCell,
  verdict: Verdict,
  report: FailureReport,
): Escalation | undefined {
  switch (verdict.kind) {
    case VerdictKind.Nothing:
      return undefined;
    case VerdictKind.Stop:
      stopAfterFailure(cell, verdict.reason, report.error);
      return undefined;
    case VerdictKind.Restart:
      for (const member of verdict.ending) {
        stopAfterFailure(member, StopReason.SiblingFailed, report.error);
      }
      orderRestarts(cell, verdict.members, report);
      return undefined;
    case VerdictKind.PendingRestart:
      restartIfPending(cell);
      return undefined;
    case VerdictKind.GiveUp:
      return giveUp(cell, report);
  }
}

function restartIfPending(cell: ActorCell): void {
  const pending = cell.extrasIfAny?.pendingRestart;
  if (pending !== undefined && !cell.blocked) void restart(cell, pending); // never rejects
}

function stopAfterFailure(cell: ActorCell, reason: StopReason, error: Error): void {
  cell.ensureExtras().lastError = error;
  cell.stopNow(reason);
  // An actor that requested its own stop during the start has not been scheduled.
  if (cell.runnable) cell.type.system.dispatcher.schedule(cell);
}

/** Ends the actor. Its parent, if it has one, fails and decides how to handle it. */
function giveUp(cell: ActorCell, { error, span }: FailureReport): Escalation | undefined {
  const { parent, actorId: childId } = cell;
  stopAfterFailure(cell, StopReason.Failed, error);
  if (parent === undefined) return undefined;
  return { cell: parent, report: { phase: FailurePhase.Child, error, childId, span } };
}
