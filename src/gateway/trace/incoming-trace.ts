import { type Context, type Link, ROOT_CONTEXT } from "@opentelemetry/api";
import { propagation, trace } from "../../telemetry/context/api.ts";
import { tellDiag } from "../../telemetry/context/diag-line.ts";
import { checkBaggage, checkTraceHeaders, type TraceHeaders } from "./trace-headers.ts";

/**
 * What becomes of a trace context from outside.
 *
 * @enum
 */
export const IncomingTraces = {
  /** The trace goes on. */
  Continue: "continue",
  /** A new trace begins, which links to it. */
  Link: "link",
  /** A new trace begins. */
  Ignore: "ignore",
} as const;
export type IncomingTraces = (typeof IncomingTraces)[keyof typeof IncomingTraces];

/** Where the span of a request begins. */
export interface TraceStart {
  readonly parent: Context;
  readonly links: readonly Link[];
}

const NO_TRACE: TraceStart = { parent: ROOT_CONTEXT, links: [] };

/**
 * Returns where the span of a request begins. The registered propagator reads its own headers only. One that throws, such as
 * that of Jaeger for `uber-trace-id: %`, has found no trace.
 *
 * @param header returns the value of a header, in lower case; headers that came more than once are joined by commas
 */
export function traceStartOf(
  mode: IncomingTraces,
  header: (name: string) => string | undefined,
): TraceStart {
  if (mode === IncomingTraces.Ignore) return NO_TRACE;
  try {
    return startOf(mode, header);
  } catch (error) {
    tellDiag("limelight could not read the trace context of a request", error);
    return NO_TRACE;
  }
}

function startOf(mode: IncomingTraces, header: (name: string) => string | undefined): TraceStart {
  const parent = propagation.extract(ROOT_CONTEXT, checked(header));
  if (mode === IncomingTraces.Continue) return { parent, links: [] };
  const linked = trace.getSpanContext(parent);
  return linked === undefined ? NO_TRACE : { parent: ROOT_CONTEXT, links: [{ context: linked }] };
}

/** Returns what reads the headers of a request after their check. Those that have none are passed on as they came. */
function checked(
  header: (name: string) => string | undefined,
): (name: string) => string | undefined {
  let found: TraceHeaders | undefined | null = null;
  return (name) => {
    switch (name) {
      case "traceparent":
      case "tracestate":
        if (found === null) found = checkTraceHeaders(header("traceparent"), header("tracestate"));
        return found?.[name];
      case "baggage":
        return checkBaggage(header(name));
      default:
        return header(name);
    }
  };
}
