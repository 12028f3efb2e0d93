import { type Context, isSpanContextValid, type SpanContext } from "@opentelemetry/api";
import { type ActorIdentity, ActorScope } from "../context/actor-scope.ts";
import { context, trace } from "../context/api.ts";

/** Fields that identify the trace and the actor in which a line was written. */
export interface CorrelationFields {
  trace_id?: string;
  span_id?: string;
  trace_flags?: string;
  actor_id?: string;
  actor_type?: string;
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
    fields.actor_id = actor.actorId;
    fields.actor_type = actor.actorType;
  }
  return fields;
}
