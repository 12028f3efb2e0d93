import { type Context, createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";

/** Identifies the request from outside that a message belongs to. */
export interface RequestIdentity {
  /** In the answer to the client, and on log lines and spans. */
  readonly requestId: string;
}

/** Where contexts have it. It travels with messages, since it is a value of the context below the actors' scopes. */
const REQUEST_KEY = createContextKey("limelight.request");

/** Returns `base` as the context of a request. */
export function withRequest(base: Context, request: RequestIdentity): Context {
  return base.setValue(REQUEST_KEY, request);
}

/**
 * Returns `base` with no more than the id of its request: what runs at a later time does not act on behalf of the caller.
 */
export function withRequestIdOnly(base: Context): Context {
  const request = requestOf(base);
  if (request === undefined) return base;
  const { requestId } = request;
  return withRequest(base, { requestId });
}

/** Returns the context of work that belongs to no message, but was caused by a stored request. */
export function contextOfRequest(requestId: string | undefined): Context {
  return requestId === undefined ? ROOT_CONTEXT : withRequest(ROOT_CONTEXT, { requestId });
}

/** Returns the request that `active` belongs to, if any. */
export function requestOf(active: Context): RequestIdentity | undefined {
  return active.getValue(REQUEST_KEY) as RequestIdentity | undefined;
}
