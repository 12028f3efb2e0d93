import { ErrorCode, StoreError, type StoreErrorCode } from "../../base/errors.ts";
import { STREAM_GONE } from "../nats-client/nats-errors.ts";

/**
 * How far a request came.
 *
 * @enum
 */
export const FailureKind = {
  /** The server has answered with an error. */
  Refused: "refused",
  /** Nothing was sent, or nothing received it. */
  NotSent: "not_sent",
  /** It may have been received. */
  Unanswered: "unanswered",
} as const;
export type FailureKind = (typeof FailureKind)[keyof typeof FailureKind];

/** A request to JetStream that has failed. Stays within the store, which throws `StoreError`s. */
export class ApiFailure extends Error {
  readonly kind: FailureKind;
  /** `err_code` of the server; 0 without one. */
  readonly code: number;

  constructor(kind: FailureKind, message: string, options: ErrorOptions & { code?: number } = {}) {
    super(message, options);
    this.kind = kind;
    this.code = options.code ?? 0;
  }
}

/** Codes of JetStream's errors. */
export const ApiCode = {
  NoMessage: 10_037,
  SequenceNotFound: 10_043,
  DeleteFailed: 10_057,
  StreamNameInUse: 10_058,
  StreamNotFound: 10_059,
  WrongSequence: 10_071,
  /** Of a stream with replicas: another write of the subject is under way. */
  WriteUnderWay: 10_164,
} as const;

/** Of a cluster or stream that has no leader now, of one that is overloaded, and of a message that is being stored. */
const TRANSIENT: ReadonlySet<number> = new Set([
  10_004, 10_005, 10_007, 10_008, 10_009, 10_118, 10_158, 10_163, 10_167,
]);
const FULL: ReadonlySet<number> = new Set([10_023, 10_028, 10_047, 10_077]);
const TOO_LARGE: ReadonlySet<number> = new Set([10_054, 10_097]);

/** Whether the same request may succeed soon. */
export function isTransient({ kind, code }: ApiFailure): boolean {
  return kind !== FailureKind.Refused || TRANSIENT.has(code);
}

/** Whether a write was refused because its subject has another message than the one expected. */
export function isConflict({ kind, code }: ApiFailure): boolean {
  return (
    kind === FailureKind.Refused &&
    (code === ApiCode.WrongSequence || code === ApiCode.WriteUnderWay)
  );
}

/** Returns the error of a call that has changed nothing. */
export function toStoreError(failure: ApiFailure, key: string): StoreError {
  const isGone = failure.code === ApiCode.StreamNotFound;
  const why = isGone ? `${STREAM_GONE} (${failure.code})` : failure.message;
  return new StoreError(`NATS: ${why}`, {
    code: storeCode(failure),
    key,
    cause: failure,
  });
}

function storeCode({ kind, code }: ApiFailure): StoreErrorCode {
  if (kind !== FailureKind.Refused) return ErrorCode.StoreUnavailable;
  if (FULL.has(code)) return ErrorCode.StoreFull;
  return TOO_LARGE.has(code) ? ErrorCode.StoreTooLarge : ErrorCode.StoreUnavailable;
}
