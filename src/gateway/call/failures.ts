import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { property, textProperty } from "../../base/foreign-value.ts";
import { PublicError } from "../../base/public-error.ts";
import { CallOutcome } from "../../wire/gateway-frames.ts";
import { ERROR_TABLE, type ErrorRow } from "./error-table.ts";
import { outsideText } from "./error-text.ts";
import { GATEWAY_PROBLEMS, type GatewayCode } from "./gateway-code.ts";
import type { Failure, FailureIssue } from "./outside-request.ts";
import { publicFailure } from "./public-failure.ts";

const RETRY_AFTER_MS = 1_000;
const SERVER_ERROR = 500;

/** One answer for what does not exist and for what is not exposed. */
export const NOT_FOUND: Failure = {
  status: 404,
  code: "ERR_NOT_FOUND",
  message: "there is nothing here",
  outcome: CallOutcome.NotHandled,
};

/** The answer for every error that says nothing to a caller outside. */
export function internalFailure(outcome: CallOutcome): Failure {
  const message = "something went wrong; the log has the error under the request id";
  return { status: SERVER_ERROR, code: "ERR_INTERNAL", message, outcome };
}

/** Returns the failure of a call that the gateway itself refuses. */
export function refusedFailure(
  code: GatewayCode,
  message: string,
  issues?: readonly FailureIssue[],
): Failure {
  const status = GATEWAY_PROBLEMS.statusOf(code);
  const isTransient = status > SERVER_ERROR;
  const failure = { status, code, message, outcome: CallOutcome.NotHandled, issues };
  return isTransient ? { ...failure, retryAfterMs: RETRY_AFTER_MS } : failure;
}

/**
 * Returns what is told outside of an error of an actor; `undefined` for an error that says nothing to a caller, which is
 * logged and answered with {@link internalFailure}.
 *
 * @param handled whether the handler has run: what a code says of a message that was not handled is then said of another
 *   one, which the handler has sent
 */
export function failureOf(error: unknown, handled: boolean): Failure | undefined {
  if (PublicError.is(error)) return publicFailure(error);
  if (!LimelightError.is(error)) return undefined;
  const code = textProperty(error, "code") ?? "";
  if (code === ErrorCode.StartFailed) return startFailure(error, handled);
  const row = ERROR_TABLE.get(code);
  if (row === undefined) return undefined;
  // A fault of the actor, and not of the call: its own call of another actor was wrong.
  if (handled && row.status < SERVER_ERROR) return undefined;
  const message =
    code === ErrorCode.InvalidKey
      ? "a key has 1 to 16 parts, and at most 1,024 bytes"
      : outsideText(error);
  return failure(row, code, message, handled);
}

/** The cause says more, where it has a code that passes. */
function startFailure(error: LimelightError, handled: boolean): Failure | undefined {
  const cause = property(error, "cause");
  if (PublicError.is(cause)) return publicFailure(cause);
  const code = LimelightError.is(cause) ? (textProperty(cause, "code") ?? "") : undefined;
  if (code === ErrorCode.InputMissing) {
    if (handled) return undefined;
    const row = ERROR_TABLE.get(ErrorCode.NoSuchActor) as ErrorRow;
    const text = "there is no such actor, and none is created without an input";
    return failure(row, ErrorCode.NoSuchActor, text, handled);
  }
  const raised = code === undefined ? undefined : ERROR_TABLE.get(code);
  if (raised !== undefined && raised.outcome === CallOutcome.NotHandled) {
    return failure(raised, code as string, outsideText(cause as object), handled);
  }
  const phase = textProperty(error, "phase");
  const message = `the actor could not start${phase === undefined ? "" : `; step ${phase} has failed`}`;
  const row = ERROR_TABLE.get(ErrorCode.StartFailed) as ErrorRow;
  const data = phase === undefined && code === undefined ? undefined : { phase, cause: code };
  return { ...failure(row, ErrorCode.StartFailed, message, handled), data };
}

function failure(
  { status, outcome, isTransient }: ErrorRow,
  code: string,
  message: string,
  handled: boolean,
): Failure {
  const isOther = handled && outcome === CallOutcome.NotHandled;
  const found = { status, code, message, outcome: isOther ? CallOutcome.Unknown : outcome };
  return isTransient && !isOther ? { ...found, retryAfterMs: RETRY_AFTER_MS } : found;
}
