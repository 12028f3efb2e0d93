import { ErrorCode } from "../../base/errors.ts";
import { CallOutcome } from "../../wire/gateway-frames.ts";

/** What is told outside of an error with a code of limelight. */
export interface ErrorRow {
  /** Of an HTTP answer. */
  readonly status: number;
  /** What the call has done, unless its handler has run. */
  readonly outcome: CallOutcome;
  /** Whether it is worth trying again soon. */
  readonly isTransient: boolean;
}

const notHandled = (status: number): ErrorRow => ({
  status,
  outcome: CallOutcome.NotHandled,
  isTransient: false,
});
const TRANSIENT: ErrorRow = { ...notHandled(503), isTransient: true };
const FAILED: ErrorRow = { status: 500, outcome: CallOutcome.Failed, isTransient: false };
const UNKNOWN: ErrorRow = { ...FAILED, outcome: CallOutcome.Unknown };

/**
 * The codes of errors of actors that pass to callers outside. All others become `ERR_INTERNAL`.
 */
export const ERROR_TABLE: ReadonlyMap<string, ErrorRow> = new Map([
  [ErrorCode.InvalidKey, notHandled(400)],
  [ErrorCode.NoSuchActor, notHandled(404)],
  [ErrorCode.QueueMessageTooLarge, notHandled(413)],
  [ErrorCode.StartFailed, notHandled(500)],
  [ErrorCode.StateMigration, notHandled(500)],
  [ErrorCode.DatabaseMigration, notHandled(500)],
  [ErrorCode.StateNewer, notHandled(500)],
  [ErrorCode.ActorStopped, TRANSIENT],
  [ErrorCode.ActorDestroyed, TRANSIENT],
  [ErrorCode.SystemStopped, TRANSIENT],
  [ErrorCode.MailboxFull, TRANSIENT],
  [ErrorCode.QueueFull, TRANSIENT],
  [ErrorCode.ResidentLimit, TRANSIENT],
  [ErrorCode.StoreOverloaded, TRANSIENT],
  [ErrorCode.StoreUnavailable, TRANSIENT],
  [ErrorCode.EngineTooLarge, notHandled(413)],
  [ErrorCode.EngineUnavailable, TRANSIENT],
  [ErrorCode.NoRunner, TRANSIENT],
  [ErrorCode.NotOwner, TRANSIENT],
  [ErrorCode.PlacementOverloaded, TRANSIENT],
  [ErrorCode.RunnerDraining, TRANSIENT],
  [ErrorCode.SaveFailed, FAILED],
  [ErrorCode.StateInvalid, FAILED],
  [ErrorCode.StateTooLarge, FAILED],
  [ErrorCode.StateConflict, FAILED],
  [ErrorCode.QueuePoisoned, FAILED],
  [ErrorCode.Deadlock, FAILED],
  [ErrorCode.SelfAsk, FAILED],
  [ErrorCode.SaveUnknown, UNKNOWN],
  [ErrorCode.ActorKilled, UNKNOWN],
  [ErrorCode.ReplyLost, UNKNOWN],
  [ErrorCode.RunnerLost, UNKNOWN],
  [ErrorCode.AskTimeout, { ...UNKNOWN, status: 504 }],
  // Its caller has gone: no one reads the answer.
  [ErrorCode.Aborted, { ...UNKNOWN, status: 499 }],
]);
