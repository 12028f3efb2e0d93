import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { cutSpan } from "./cut-span.ts";

/** Encodes spans as the body of a request; `undefined` when there is nothing to send. */
export interface SpanSerializer {
  serializeRequest(spans: ReadableSpan[]): Uint8Array | undefined;
}

/** The body of a request, and the spans it contains. */
export interface SpanPayload {
  readonly spans: ReadableSpan[];
  /** `undefined` when the spans cannot be encoded. */
  readonly bytes: Uint8Array | undefined;
  /** Whether it is a single span that exceeds the limit even with its texts cut. */
  readonly oversized: boolean;
}

/** Maximum text lengths tried, in this order, for a span that is too large for a request of its own. */
const CUTS = [65_536, 4_096, 256];

/**
 * Encodes spans into as few payloads of at most `maxBytes` as possible, in order. The texts of a single span
 * that is larger are cut; if that is not enough, its payload exceeds the limit.
 */
export function* encodeSpans(
  spans: ReadableSpan[],
  serializer: SpanSerializer,
  maxBytes: number,
): Generator<SpanPayload> {
  const bytes = encode(spans, serializer);
  const { length } = spans;
  if (bytes !== undefined && bytes.byteLength <= maxBytes) yield { spans, bytes, oversized: false };
  else if (length > 1) {
    const parts = Math.max(2, Math.ceil((bytes?.byteLength ?? 0) / maxBytes));
    const size = Math.ceil(length / parts);
    for (let from = 0; from < length; from += size) {
      yield* encodeSpans(spans.slice(from, from + size), serializer, maxBytes);
    }
  } else yield encodeCut(spans, bytes, serializer, maxBytes);
}

function encodeCut(
  spans: ReadableSpan[],
  whole: Uint8Array | undefined,
  serializer: SpanSerializer,
  maxBytes: number,
): SpanPayload {
  let bytes = whole;
  for (const maxLength of CUTS) {
    bytes = encode(
      spans.map((span) => cutSpan(span, maxLength)),
      serializer,
    );
    if (bytes !== undefined && bytes.byteLength <= maxBytes) break;
  }
  return { spans, bytes, oversized: (bytes?.byteLength ?? 0) > maxBytes };
}

/** A batch longer than the maximum string length cannot be encoded, but its parts can. */
function encode(spans: ReadableSpan[], serializer: SpanSerializer): Uint8Array | undefined {
  try {
    return serializer.serializeRequest(spans);
  } catch {
    return undefined;
  }
}
