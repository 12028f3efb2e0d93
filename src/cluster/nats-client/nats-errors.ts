import { ClusterError, ErrorCode } from "../../base/errors.ts";

/** An error that JetStream has answered with. Nothing was written. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** `err_code` of the server, 10,000 and above; 0 if it has none. */
  readonly code: number;

  constructor(code: number, description: string) {
    super(`${description} (${code})`);
    this.code = code;
  }
}

/** Error codes of JetStream that are told apart. */
export const ApiCode = {
  NoSuitablePeers: 10_005,
  TemporarilyUnavailable: 10_008,
  NotReady: 10_009,
  ConsumerNotFound: 10_014,
  ConsumersFull: 10_026,
  AccountStreamsFull: 10_027,
  MessageNotFound: 10_037,
  OffForAccount: 10_039,
  SequenceNotFound: 10_043,
  /** The server's `max_file`, or that of the account, is smaller than what its streams may hold. */
  StorageTooSmall: 10_047,
  /** Also of a message that is not there. */
  DeleteFailed: 10_057,
  MessageTooLarge: 10_054,
  HeadersTooLarge: 10_097,
  StreamNameInUse: 10_058,
  StreamNotFound: 10_059,
  WrongSequence: 10_071,
  ConsumerNotUnique: 10_100,
  /** A message of the same id is being stored. */
  DuplicateUnderWay: 10_158,
  /** A write of the same subject is under way on a replicated stream. */
  WrongSequenceUnderWay: 10_164,
} as const;
export type ApiCode = (typeof ApiCode)[keyof typeof ApiCode];

const CONFLICTS: ReadonlySet<number> = new Set([
  ApiCode.WrongSequence,
  ApiCode.WrongSequenceUnderWay,
  ApiCode.ConsumerNotUnique,
]);
/** Limits of the stream, of the account, of the disk, and of the number of consumers. */
const FULL: ReadonlySet<number> = new Set([
  10_002,
  10_023,
  ApiCode.ConsumersFull,
  10_028,
  10_047,
  10_077,
]);
const TOO_LARGE: ReadonlySet<number> = new Set([ApiCode.MessageTooLarge, ApiCode.HeadersTooLarge]);

/** What has become of a stream that was there when the session was opened. */
const STREAM_GONE = "its stream is gone: it was deleted, or the server has another store";

/** Of servers or streams that have no leader now, of those that are overloaded, and of a message that is being stored. */
const PASSING: ReadonlySet<number> = new Set([
  10_004,
  ApiCode.NoSuitablePeers,
  10_007,
  ApiCode.TemporarilyUnavailable,
  ApiCode.NotReady,
  10_118,
  ApiCode.DuplicateUnderWay,
  10_163,
  10_167,
]);
/** It was not sent, or not answered. */
const WITHOUT_ANSWER: ReadonlySet<string> = new Set([
  ErrorCode.EngineUnavailable,
  ErrorCode.EngineNoListener,
  ErrorCode.EngineNoReply,
]);

/** What a store says of a message that is not there. */
const NOT_THERE = /EOF|no message found|deleted message|not found/i;

/** Whether `error` says that there is no such message. */
export function isNoMessage(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.code === ApiCode.DeleteFailed) return NOT_THERE.test(error.message);
  return error.code === ApiCode.MessageNotFound || error.code === ApiCode.SequenceNotFound;
}

/** Whether the same request may succeed soon. */
export function mayPass(error: unknown): boolean {
  if (error instanceof ApiError) return PASSING.has(error.code);
  return error instanceof ClusterError && WITHOUT_ANSWER.has(error.code);
}

/** Whether a write was refused because its subject has another message than the one expected. */
export function isWrongSequence(error: unknown): boolean {
  return (
    isApiError(error, ApiCode.WrongSequence) || isApiError(error, ApiCode.WrongSequenceUnderWay)
  );
}

/** Whether `error` is the answer that something else is there than was expected. */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && CONFLICTS.has(error.code);
}

/** Whether `error` is the answer `code` of JetStream. */
export function isApiError(error: unknown, code: ApiCode): boolean {
  return error instanceof ApiError && error.code === code;
}

/**
 * Returns the error of a write.
 *
 * @param what was written, for the message
 * @param error what the request has failed with
 */
export function writeError(what: string, error: unknown): unknown {
  if (error instanceof ApiError) return refusal(what, error);
  if (!(error instanceof ClusterError)) return error;
  switch (error.code) {
    case ErrorCode.EngineNoReply:
      return new ClusterError(`${what}: not confirmed: ${error.message}`, {
        code: ErrorCode.EngineUnknownOutcome,
        cause: error,
      });
    case ErrorCode.EngineNoListener:
      return noStream(what, error);
    default:
      return error;
  }
}

/** Returns the error of a read: nothing was changed, whatever has become of the request. */
export function readError(what: string, error: ApiError | ClusterError): ClusterError;
export function readError(what: string, error: unknown): unknown;
export function readError(what: string, error: unknown): unknown {
  if (error instanceof ApiError) return refusal(what, error);
  if (!(error instanceof ClusterError)) return error;
  if (error.code === ErrorCode.EngineNoListener) return noStream(what, error);
  return error.code === ErrorCode.EngineNoReply ? unavailable(what, error) : error;
}

function refusal(what: string, error: ApiError): ClusterError {
  const why =
    error.code === ApiCode.StreamNotFound ? `${STREAM_GONE} (${error.code})` : error.message;
  return new ClusterError(`${what}: ${why}`, { code: codeOf(error.code), cause: error });
}

/** Nothing takes the message, or answers for JetStream. */
function noStream(what: string, cause: ClusterError): ClusterError {
  return new ClusterError(`${what}: ${STREAM_GONE}, or JetStream is not ready`, {
    code: ErrorCode.EngineUnavailable,
    cause,
  });
}

function unavailable(what: string, cause: ClusterError): ClusterError {
  return new ClusterError(`${what}: ${cause.message}`, {
    code: ErrorCode.EngineUnavailable,
    cause,
  });
}

function codeOf(code: number): ErrorCode {
  if (CONFLICTS.has(code)) return ErrorCode.EngineConflict;
  if (FULL.has(code)) return ErrorCode.EngineFull;
  return TOO_LARGE.has(code) ? ErrorCode.EngineTooLarge : ErrorCode.EngineUnavailable;
}
