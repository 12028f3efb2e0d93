import { SlowCodeError } from "../../base/async/within.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { PublicError } from "../../base/public-error.ts";
import { CallOutcome } from "../../wire/gateway-frames.ts";
import type { Checked } from "../expose/schema-check.ts";
import { failureOf, internalFailure, refusedFailure } from "./failures.ts";
import { GatewayCode } from "./gateway-code.ts";
import type { Failure } from "./outside-request.ts";
import { isDataGiven } from "./public-failure.ts";

/** Not sent: the client has gone away. */
export const GONE: Failure = {
  status: 500,
  code: ErrorCode.Aborted,
  message: "the call was aborted",
  outcome: CallOutcome.Unknown,
};

/** Refuses a request, from any depth of its checks. */
export class Refused extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Returns the failure of a request whose caller may not make it. */
export function forbidden(): Refused {
  return new Refused(refusedFailure(GatewayCode.Forbidden, "the caller may not do this"));
}

/**
 * Returns the failure of a request that was not sent.
 *
 * @param onFault gets an error that the caller is told nothing of
 */
export function refusalOf(error: unknown, onFault: (error: unknown) => void): Failure {
  if (error instanceof Refused) return error.failure;
  const isInvalidKey = LimelightError.is(error) && error.code === ErrorCode.InvalidKey;
  const known = isInvalidKey ? failureOf(error, false) : undefined;
  if (known !== undefined) return known;
  onFault(error);
  if (!(error instanceof SlowCodeError)) return internalFailure(CallOutcome.NotHandled);
  return refusedFailure(GatewayCode.Overloaded, "the request could not be checked in time");
}

/**
 * Returns the failure of a message that was sent.
 *
 * @param handled whether the handler has run
 * @param onFault gets an error that the caller is told nothing of
 */
export function toldOf(
  error: unknown,
  handled: boolean,
  onFault: (error: unknown) => void,
): Failure {
  if (!handled && LimelightError.is(error) && error.code === ErrorCode.Aborted) return GONE;
  const failure = failureOf(error, handled);
  if (failure === undefined) {
    onFault(error);
    return internalFailure(CallOutcome.Failed);
  }
  if (PublicError.is(error) && !isDataGiven(error)) {
    const text = "`data` of a PublicError is no JSON of at most 4 KiB, and was left out";
    onFault(new TypeError(text, { cause: error }));
  }
  return failure;
}

/**
 * Returns a value that its schema has accepted.
 *
 * @param what the value, for the message; `undefined` for arguments
 * @param withMessages whether callers are told what the schema says
 * @throws {@link Refused}
 */
export function checkedOf<Value>(
  { issues, value }: Checked<Value>,
  what: string | undefined,
  withMessages: boolean,
): Value {
  if (issues === undefined) return value as Value;
  const wrong = new Set(issues.map(({ path }) => path[0])).size;
  const counted = `${wrong} argument${wrong === 1 ? " is" : "s are"} invalid`;
  const text = what === undefined ? counted : `${what} is invalid`;
  const told = withMessages ? issues : issues.map(({ path }) => ({ path }));
  throw new Refused(refusedFailure(GatewayCode.InvalidArguments, text, told));
}

/** Whether a message was dismissed because its actor was destroyed. */
export function isDestroyed(error: unknown): boolean {
  return LimelightError.is(error) && error.code === ErrorCode.ActorDestroyed;
}
