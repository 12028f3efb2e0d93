import { securityHeaders } from "../../http/security-headers.ts";
import type { Failure } from "../call/outside-request.ts";
import type { HttpAnswer } from "./exchange.ts";

/** What is answered, before the headers that every answer has. */
export interface Reply {
  readonly status: number;
  /** JSON or plain text; `undefined` for none. */
  readonly body: string | undefined;
  /** Default JSON. */
  readonly type?: string;
  /** Names and values, in turns. */
  readonly headers?: readonly string[] | undefined;
  /** Headers of an actor's own response, with the security headers; in place of `type` and the length. */
  readonly raw?: readonly string[];
  /** Body of an actor's own response. */
  readonly stream?: ReadableStream<Uint8Array>;
  /** Of answers that are errors. */
  readonly failure?: Failure | undefined;
}

/** Facts of a request that its answer repeats. */
export interface AnswerFacts {
  readonly requestId: string;
  /** Value of `traceresponse`. */
  readonly trace: string | undefined;
  /** Of CORS; names and values, in turns. */
  readonly cors: readonly string[];
  /** Whether the connection is closed after the answer. */
  readonly isLast: boolean;
}

const JSON_TYPE = "application/json; charset=utf-8";
const SECURITY: readonly string[] = Object.entries(securityHeaders()).flat();
const NO_CONTENT = 204;
const MS_PER_SECOND = 1_000;

/** Returns a reply of JSON text; without a body if there is none. */
export function jsonReply(status: number, json: string | undefined): Reply {
  return json === undefined ? { status: NO_CONTENT, body: undefined } : { status, body: json };
}

/** Returns the reply of a failure: its code, message and outcome, and what identifies the request in logs. */
export function failureReply(
  failure: Failure,
  { requestId, trace }: Pick<AnswerFacts, "requestId" | "trace">,
  headers: readonly string[] = [],
): Reply {
  const { status, code, message, outcome, retryAfterMs, data, issues } = failure;
  const error = { code, message, outcome, requestId, trace, retryAfterMs, data, issues };
  const retry =
    retryAfterMs === undefined
      ? []
      : ["Retry-After", String(Math.max(1, Math.ceil(retryAfterMs / MS_PER_SECOND)))];
  return { status, body: JSON.stringify({ error }), headers: [...retry, ...headers], failure };
}

/** Returns the answer with the headers that every answer has. */
export function toAnswer(
  reply: Reply,
  { requestId, trace, cors, isLast }: AnswerFacts,
): HttpAnswer {
  const { status, body, type = JSON_TYPE, headers: own, raw } = reply;
  const headers = [...(raw ?? SECURITY), "X-Request-Id", requestId];
  if (trace !== undefined) headers.push("traceresponse", trace);
  if (cors.length > 0) headers.push(...cors);
  if (own !== undefined) headers.push(...own);
  if (isLast) headers.push("Connection", "close");
  if (raw !== undefined) return { status, headers, body };
  if (body !== undefined) {
    headers.push("Content-Type", type, "Content-Length", String(Buffer.byteLength(body)));
  } else if (status !== NO_CONTENT) {
    headers.push("Content-Length", "0");
  }
  return { status, headers, body };
}
