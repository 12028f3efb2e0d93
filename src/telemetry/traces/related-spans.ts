import { INVALID_TRACEID, type Link, type Span, TraceFlags } from "@opentelemetry/api";
import { trace } from "../context/api.ts";
import { UnsampledSpan } from "../context/unsampled-span.ts";
import { LeanSpan } from "../spans/lean-span.ts";

/** Carried by messages of types that start no traces. */
export const NO_TRACE: Span = trace.wrapSpanContext({
  traceId: INVALID_TRACEID,
  spanId: "0000000000000000",
  traceFlags: TraceFlags.NONE,
});

/** Returns `span` if it belongs to a trace. The placeholder of a message without a trace cannot be joined. */
export function joinable(span: Span | undefined): Span | undefined {
  if (span === undefined || span instanceof LeanSpan || span instanceof UnsampledSpan) return span;
  return span.spanContext().traceId === INVALID_TRACEID ? undefined : span;
}

/** Returns the link to `cause`; none if it is unknown outside this process. */
export function linkTo(cause: Span | undefined): Link[] {
  if (cause === undefined || cause instanceof UnsampledSpan) return [];
  const context = cause.spanContext();
  return context.traceId === INVALID_TRACEID ? [] : [{ context }];
}

/** Returns the id of the trace `span` belongs to; `undefined` for a span unknown outside this process. */
export function traceIdOf(span: Span | undefined): string | undefined {
  if (span === undefined || span instanceof UnsampledSpan) return undefined;
  const { traceId } = span.spanContext();
  return traceId === INVALID_TRACEID ? undefined : traceId;
}
