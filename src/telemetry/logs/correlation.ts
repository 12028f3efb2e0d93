import {
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
} from "@opentelemetry/api";
import { type ActorIdentity, ActorScope } from "../context/actor-scope.ts";
import { context, trace } from "../context/api.ts";
import { requestOf } from "../context/request-origin.ts";

/** Fields that identify the trace and the actor in which a line was written. */
export interface CorrelationFields {
  /** Id of the active trace: 32 hexadecimal digits. */
  trace_id?: string;
  /** Id of the active span: 16 hexadecimal digits. */
  span_id?: string;
  /** `01` when the trace is sampled, else `00`. */
  trace_flags?: string;
  /** Id of the actor whose code writes the line. */
  actor_id?: string;
  /** Type of that actor. */
  actor_type?: string;
  /** Key of a keyed actor. */
  actor_key?: string;
  /** Number of the activation of a keyed actor. */
  actor_generation?: number;
  /** Id of the request from outside that the message belongs to. */
  request_id?: string;
}

/** Formats `trace_flags` as in W3C Trace Context: two hex digits. */
function formatTraceFlags(spanContext: SpanContext): string {
  return spanContext.traceFlags.toString(16).padStart(2, "0");
}

/**
 * Returns the correlation fields of `active`.
 *
 * @param owner actor whose logger writes the line; default: the actor `active` belongs to
 */
export function correlationOf(
  owner: ActorIdentity | undefined,
  active: Context = context.active(),
): CorrelationFields {
  const fields: CorrelationFields = {};
  const spanContext = trace.getSpanContext(active);
  if (spanContext !== undefined && isSpanContextValid(spanContext)) {
    fields.trace_id = spanContext.traceId;
    fields.span_id = spanContext.spanId;
    fields.trace_flags = formatTraceFlags(spanContext);
  }
  const actor = owner ?? (active instanceof ActorScope ? active.actor : undefined);
  if (actor !== undefined) {
    Object.assign(fields, identityFields(actor));
  }
  // Without a context manager all code is in the root context.
  const requestId = active === ROOT_CONTEXT ? owner?.requestId : requestOf(active)?.requestId;
  if (requestId !== undefined) fields.request_id = requestId;
  return fields;
}

/** Returns the fields that identify `actor`. */
export function identityFields(
  actor: ActorIdentity,
): Pick<CorrelationFields, "actor_id" | "actor_type" | "actor_key" | "actor_generation"> {
  const { actorId: actor_id, actorType: actor_type, actorKey, generation } = actor;
  if (actorKey === undefined) return { actor_id, actor_type };
  const keyed = { actor_id, actor_type, actor_key: actorKey };
  return generation === undefined ? keyed : { ...keyed, actor_generation: generation };
}
