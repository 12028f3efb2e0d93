import { type Context, createContextKey } from "@opentelemetry/api";

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

/** Returns the request that `active` belongs to, if any. */
export function requestOf(active: Context): RequestIdentity | undefined {
  return active.getValue(REQUEST_KEY) as RequestIdentity | undefined;
}
