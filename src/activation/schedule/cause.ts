import type { Context } from "@opentelemetry/api";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import { requestOf } from "../../telemetry/context/request-origin.ts";
import { traceParentOf } from "./trace-parent.ts";

/** What is stored of the code that has set a schedule or sent a queue message. */
export interface StoredCause {
  /** Its span, as in a `traceparent` header. */
  readonly traceparent?: string;
  /** Id of the request from outside that it belongs to. */
  readonly requestId?: string;
}

/** Returns what is stored of code that runs in `active`. */
export function causeIn(active: Context): StoredCause {
  const traceparent = traceParentOf(spanOf(active));
  const requestId = requestOf(active)?.requestId;
  const cause = traceparent === undefined ? {} : { traceparent };
  return requestId === undefined ? cause : { ...cause, requestId };
}
