import { type Span, TraceFlags } from "@opentelemetry/api";
import { trace } from "../../telemetry/context/api.ts";
import { traceIdOf } from "../../telemetry/traces/related-spans.ts";

const TRACE_PARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Returns a span in the form in which it is stored, for a link from a later trace; `undefined` for none.
 *
 * @see {@link https://www.w3.org/TR/trace-context/#traceparent-header | traceparent}
 */
export function traceParentOf(span: Span | undefined): string | undefined {
  if (span === undefined || traceIdOf(span) === undefined) return undefined;
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, "0")}`;
}

/** Returns a span that only identifies the stored one, which may have ended in another process. */
export function spanFrom(traceParent: string | undefined): Span | undefined {
  const [, traceId, spanId, flags] = TRACE_PARENT.exec(traceParent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  const sampled = (Number.parseInt(flags ?? "00", 16) & TraceFlags.SAMPLED) !== 0;
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.wrapSpanContext({ traceId, spanId, traceFlags, isRemote: true });
}
