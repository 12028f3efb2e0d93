import { CallOutcome, type WireError, type WireIssue } from "../wire/gateway-frames.ts";

/** What a {@link CallError} is made of. */
export interface CallErrorOptions extends ErrorOptions {
  /** Identifies the kind of error. */
  readonly code: string;
  /** Default `not_handled`. */
  readonly outcome?: CallOutcome;
  /** HTTP status. Default: none. */
  readonly status?: number | undefined;
  /** Default: none. */
  readonly wire?: Partial<WireError>;
}

/**
 * A call that has failed, or a connection that was refused. Match on `code`; `outcome` says whether the handler ran.
 *
 * @example
 * ```ts
 * const account = defineKeyedActor("account", {
 *   handlers: {
 *     withdraw(_c, cents: number) {
 *       throw new PublicError("not enough", { code: "NOT_ENOUGH", data: { missing: cents } });
 *     },
 *   },
 * });
 * const actors = [expose(account, { calls: { withdraw: unchecked } })];
 * const gateway = await createGateway(system, { actors, port: 0 });
 * const client = createClient<typeof actors>(gateway.url ?? "");
 * try {
 *   await client.account.get("alice").ask.withdraw(500);
 * } catch (error) {
 *   if (!(error instanceof CallError)) throw error;
 *   // NOT_ENOUGH failed { missing: 500 }, and the id by which the logs of the server have it
 *   console.log(error.code, error.outcome, error.data, error.requestId);
 * }
 * await gateway.close();
 * ```
 */
export class CallError extends Error {
  /** Identifies the kind of error; docs/errors.md lists all codes. `PublicError`s have codes of their own. */
  readonly code: string;
  /** What the call has done. */
  readonly outcome: CallOutcome;
  /** Id of the request, which is in the logs of the server; `undefined` if there was no answer. */
  readonly requestId: string | undefined;
  /** Value of `traceresponse`; `undefined` without one. */
  readonly trace: string | undefined;
  /** HTTP status; `undefined` on a socket, and without an answer. */
  readonly status: number | undefined;
  /** After which time the call may be repeated, in milliseconds; `undefined` if the server did not say. */
  readonly retryAfterMs: number | undefined;
  /** `data` of a `PublicError`. */
  readonly data: unknown;
  /** What is wrong with the arguments, for `ERR_INVALID_ARGUMENTS`; empty for other errors. */
  readonly issues: readonly WireIssue[];

  constructor(message: string, { code, outcome, status, wire = {}, cause }: CallErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.outcome = outcome ?? CallOutcome.NotHandled;
    this.requestId = wire.requestId;
    this.trace = wire.trace;
    this.status = status;
    this.retryAfterMs = wire.retryAfterMs;
    this.data = wire.data;
    this.issues = wire.issues ?? [];
  }
}
// Defined on the prototype, where the class name needs no field per error.
Object.defineProperty(CallError.prototype, "name", { value: "CallError" });

/** Returns the same error with another outcome. */
export function withOutcome(error: CallError, outcome: CallOutcome): CallError {
  const { message, code, cause } = error;
  return Object.assign(new CallError(message, { code, cause }), { ...error, outcome });
}

/** Returns `value` as the error of a gateway, or `undefined` if it is none. */
export function gatewayError(value: unknown, status?: number): CallError | undefined {
  const wire = value as Partial<WireError> | null | undefined;
  const outcome = Object.values(CallOutcome).find((one) => one === wire?.outcome);
  if (wire === null || typeof wire?.code !== "string" || outcome === undefined) return undefined;
  return new CallError(String(wire.message), { code: wire.code, outcome, status, wire });
}

/** The error of a call whose connection is not there, or was lost. */
export function disconnected(outcome: CallOutcome, cause?: unknown): CallError {
  return new CallError("not connected to the gateway", {
    code: "ERR_DISCONNECTED",
    outcome,
    cause,
  });
}

/**
 * Returns `value` as JSON.
 *
 * @throws {@link CallError} `ERR_INVALID_ARGUMENTS` for what JSON cannot hold
 */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (cause) {
    throw new CallError("the arguments are not JSON", { code: "ERR_INVALID_ARGUMENTS", cause });
  }
}
