import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import {
  type RequestIdentity,
  requestOf,
  withRequest,
} from "../../telemetry/context/request-origin.ts";

/**
 * Who a request from outside comes from, as the option `auth` of the gateway has returned it. At most 4 KiB as JSON.
 */
export interface Caller {
  /** Not empty. On log lines and spans of its requests only if the gateway has `logCallers`. */
  readonly id: string;
  /** Default: none. */
  readonly roles?: readonly string[];
  /** Anything else that access is decided by. Default: none. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** When it ends, in milliseconds since the epoch; sockets of the caller are closed then. Default: never. */
  readonly expiresAtMs?: number;
}

/** Where a request comes from. Travels in the context of its messages. */
export interface RequestOrigin extends RequestIdentity {
  /** `undefined` for a gateway without `auth`. */
  readonly caller: Caller | undefined;
  /** `undefined` for an HTTP request. */
  readonly connectionId: string | undefined;
}

/** Returns `base` as the context of what a request sends. */
export function withOrigin(base: Context, origin: RequestOrigin): Context {
  return withRequest(base, origin);
}

/** Returns a context that has nothing but where the request of `active` comes from: it retains no span. */
export function detachedOrigin(active: Context): Context {
  const request = requestOf(active);
  return request === undefined ? ROOT_CONTEXT : withRequest(ROOT_CONTEXT, request);
}

/** Returns where the request comes from that `active` belongs to. Of one that was stored, only the id is known. */
export function originIn(active: Context): Partial<RequestOrigin> | undefined {
  return requestOf(active);
}
