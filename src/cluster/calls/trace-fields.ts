import type { Span } from "@opentelemetry/api";
import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { spanFrom, traceParentOf } from "../../activation/schedule/trace-parent.ts";
import { context as active, propagation, trace } from "../../telemetry/context/api.ts";
import { tellDiag } from "../../telemetry/context/diag-line.ts";
import { type CarriedTrace, validTrace } from "../codec/headers.ts";

/** Trace context of a call, in the form of the W3C. Nothing else of a context travels. */
export interface TraceFields {
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
}

const MAX_BAGGAGE = 8_192;
const MAX_MEMBERS = 64;
const PRINTABLE = /^[\x20-\x7e]*$/;

const NOTHING: TraceFields = {};

/** Returns what travels of a context whose active span is `span`. Never throws. */
export function traceFieldsOf(context: Context, span: Span | undefined): TraceFields {
  if (span === undefined && context === ROOT_CONTEXT) return NOTHING;
  const active = span === undefined ? context : trace.setSpan(context, span);
  let written: Readonly<Record<string, string>> = {};
  try {
    written = propagation.inject(active);
  } catch (error) {
    tellDiag("limelight could not write the trace context of a call", error);
  }
  const traceparent = written["traceparent"] ?? traceParentOf(span);
  const { tracestate, baggage } = written;
  return checked({ traceparent, tracestate, baggage });
}

/** Returns the trace in which this is called; nothing if it is in none. Never throws. */
export function traceNow(): CarriedTrace {
  const now = active.active();
  const identity = trace.getSpanContext(now);
  if (identity === undefined) return {};
  const { traceparent, tracestate } = traceFieldsOf(now, trace.wrapSpanContext(identity));
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

/** Returns the trace context among the properties of a call. What is not valid is left out. */
export function traceFieldsIn(fields: Readonly<Record<string, unknown>>): TraceFields {
  const { traceparent, tracestate, baggage } = fields;
  if ((traceparent ?? tracestate ?? baggage) === undefined) return NOTHING;
  return checked({
    traceparent: textIn(traceparent),
    tracestate: textIn(tracestate),
    baggage: textIn(baggage),
  });
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Returns a context that goes on where the sender's ended. Never throws. */
export function contextFrom(fields: TraceFields): Context {
  const { traceparent, tracestate, baggage } = fields;
  if ((traceparent ?? tracestate ?? baggage) === undefined) return ROOT_CONTEXT;
  let context: Context = ROOT_CONTEXT;
  try {
    context = propagation.extract(ROOT_CONTEXT, (name) => fields[name as keyof TraceFields]);
  } catch (error) {
    tellDiag("limelight could not read the trace context of a call", error);
  }
  if (trace.getSpanContext(context) !== undefined) return context;
  // No propagator of this process reads the headers of the W3C.
  const sent = spanFrom(traceparent);
  return sent === undefined ? context : trace.setSpan(context, sent);
}

function checked({
  traceparent,
  tracestate,
  baggage,
}: { readonly [Name in keyof TraceFields]: string | undefined }): TraceFields {
  const valid = validTrace({
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  });
  const isBaggage =
    baggage !== undefined &&
    baggage.length <= MAX_BAGGAGE &&
    PRINTABLE.test(baggage) &&
    baggage.split(",").length <= MAX_MEMBERS;
  return isBaggage ? { ...valid, baggage } : valid;
}
