import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { cutSpan } from "./cut-span.ts";

/** Turns spans into the body of a request; `undefined` when there is nothing to send. */
export interface SpanSerializer {
  serializeRequest(spans: ReadableSpan[]): Uint8Array | undefined;
}

/** The body of a request, and the spans in it. */
export interface SpanPayload {
  readonly spans: ReadableSpan[];
  /** `undefined` when the spans cannot be encoded. */
  readonly bytes: Uint8Array | undefined;
  /** It is one span that is over the limit even with its texts cut. */
  readonly oversized: boolean;
}

/** Longest texts in a span that is too large for a request of its own, tried in this order. */
const CUTS = [65_536, 4_096, 256];

/**
 * Encodes spans into as few payloads of at most `maxBytes` as that takes, in order. A span that is larger
 * on its own has its texts cut; if that does not help, its payload is over the limit all the same.
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

/** A batch that is longer than the longest string cannot be encoded; its parts can. */
function encode(spans: ReadableSpan[], serializer: SpanSerializer): Uint8Array | undefined {
  try {
    return serializer.serializeRequest(spans);
  } catch {
    return undefined;
  }
}
