import { isSpanContextValid, type SpanContext } from "@opentelemetry/api";

/** Flags that the header may carry: sampled and random. */
const KNOWN_FLAGS = 0x03;

/**
 * Returns the value of `traceresponse`: version, trace, span of the server, flags.
 *
 * The header is a draft; its name and form are in this file only.
 *
 * @see {@link https://github.com/w3c/trace-context/blob/main/spec/21-http_response_header_format.md | Trace Context, response header}
 * @returns `undefined` without a trace
 */
export function traceResponseOf(span: SpanContext | undefined): string | undefined {
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-0${span.traceFlags & KNOWN_FLAGS}`;
}
