import type { ServerMessage } from "../../wire/gateway-frames.ts";
import type { Failure } from "../call/outside-request.ts";

/** What identifies a request in its error. */
export interface RequestFacts {
  readonly requestId: string;
  /** Value of `traceresponse`. */
  readonly trace: string | undefined;
}

/** The messages whose members are not JSON yet. */
type Plain = Exclude<ServerMessage, { readonly t: "reply" | "fail" | "event" }>;

/** Returns the text of a message. */
export function messageText(message: Plain): string {
  return JSON.stringify(message);
}

/**
 * Returns the text of a reply.
 *
 * @param json the reply; `undefined` leaves it out
 * @param trace value of `traceresponse`, if the request had a trace
 */
export function replyFrame(i: number, json: string | undefined, trace: string | undefined): string {
  const reply = json === undefined ? "" : `,"r":${json}`;
  const response = trace === undefined ? "" : `,"tr":"${trace}"`;
  return `{"t":"reply","i":${i}${reply}${response}}`;
}

/** Returns the text of a failure. */
export function failFrame(i: number, failure: Failure, facts: RequestFacts): string {
  return JSON.stringify({ t: "fail", i, error: wireError(failure, facts) });
}

/** Returns the text of the end of a connection. */
export function closedFrame(
  c: number,
  again: boolean,
  at: string | undefined,
  error: ReturnType<typeof wireError> | undefined,
): string {
  return JSON.stringify({ t: "closed", c, again, at, error });
}

/** Returns a failure as it is told to clients. Members that are `undefined` are not written. */
export function wireError(
  { code, message, outcome, retryAfterMs, data, issues }: Failure,
  { requestId, trace }: RequestFacts,
): object {
  return { code, message, outcome, requestId, trace, retryAfterMs, data, issues };
}
