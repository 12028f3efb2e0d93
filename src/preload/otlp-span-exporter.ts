import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { Clock } from "../base/clock.ts";
import type { BatchExporter, BatchReceipt } from "./batch-export.ts";
import { OtlpDelivery } from "./otlp-delivery.ts";
import { describeEndpoint, type OtlpEndpoint, OtlpProtocol } from "./otlp-endpoint.ts";
import { loadOtlpTransformer } from "./packages.ts";
import { postBeforeExit } from "./post-before-exit.ts";
import { encodeSpans, type SpanPayload } from "./span-payloads.ts";

type Transformer = ReturnType<typeof loadOtlpTransformer>;
type Serializer = Transformer["JsonTraceSerializer"];

/** Largest request at first: just below the 4 MiB that gRPC servers and many gateways take. */
const MAX_PAYLOAD_BYTES = 4_000_000;
/** What is refused although it is no larger is not refused for its size. */
const MIN_PAYLOAD_BYTES = 16_384;
/** Statuses that mean "too large"; the OpenTelemetry Collector answers 400. */
const TOO_LARGE: ReadonlySet<string> = new Set(["413", "400"]);
/** A 400 for a request that is no larger means something else. */
const SUSPICIOUS_BYTES = 1_000_000;

/**
 * Sends spans to a collector by OTLP/HTTP, with OpenTelemetry's encoders. The stock exporters' transport
 * is not used: it keeps an ended process alive through its retries and cannot be told to stop, and what a
 * collector rejects of a batch does not come back from it.
 *
 * A batch that is too large for the collector is sent in parts, and a span that is too large on its own
 * with its texts cut. The size the collector takes is remembered.
 */
export class OtlpSpanExporter implements BatchExporter {
  readonly #serializer: Serializer;
  readonly #endpoint: OtlpEndpoint;
  readonly #delivery: OtlpDelivery;
  readonly #address: string;
  #maxBytes = MAX_PAYLOAD_BYTES;

  constructor(endpoint: OtlpEndpoint, clock: Clock) {
    const { JsonTraceSerializer, ProtobufTraceSerializer } = loadOtlpTransformer();
    const json = endpoint.protocol === OtlpProtocol.Json;
    this.#serializer = json ? JsonTraceSerializer : ProtobufTraceSerializer;
    this.#endpoint = endpoint;
    this.#delivery = new OtlpDelivery(endpoint, clock);
    this.#address = describeEndpoint(endpoint.url);
  }

  async export(spans: ReadableSpan[], signal: AbortSignal): Promise<BatchReceipt> {
    let total: BatchReceipt = { failed: 0 };
    for (const payload of encodeSpans(spans, this.#serializer, this.#maxBytes)) {
      total = sum(total, await this.#send(payload, signal));
    }
    return total;
  }

  exportBeforeExit(spans: ReadableSpan[], deadlineMs: number): BatchReceipt {
    const payloads = [...encodeSpans(spans, this.#serializer, this.#maxBytes)];
    const bodies = payloads.map(({ bytes }) => bytes ?? new Uint8Array());
    const taken = postBeforeExit(this.#endpoint, bodies, deadlineMs);
    const lost = payloads.filter(({ bytes }, at) => bytes === undefined || taken[at] !== true);
    const failed = lost.reduce((count, payload) => count + payload.spans.length, 0);
    if (failed === 0) return { failed };
    const message = `${this.#address}: not taken before the process ended (at most ${deadlineMs} ms)`;
    return { failed, errorType: "process_exit", message };
  }

  beginFlush(): void {
    this.#delivery.beginFlush();
  }

  endFlush(): void {
    this.#delivery.endFlush();
  }

  async #send(
    { spans, bytes, oversized }: SpanPayload,
    signal: AbortSignal,
  ): Promise<BatchReceipt> {
    const failed = spans.length;
    if (bytes === undefined) return { failed, errorType: "encoding_failed" };
    const delivery = await this.#delivery.deliver(bytes, signal);
    if (delivery.delivered) return this.#rejected(delivery.answer, failed);
    const { errorType, message } = delivery;
    const size = bytes.byteLength;
    if (!oversized && isTooLarge(errorType, size)) {
      this.#maxBytes = Math.min(this.#maxBytes, Math.max(MIN_PAYLOAD_BYTES, Math.floor(size / 2)));
      return await this.export(spans, signal);
    }
    return { failed, errorType, message: `${this.#address}: ${message}` };
  }

  /** A collector may take a batch and reject some of its spans; the answer says how many. */
  #rejected(answer: Uint8Array, sent: number): BatchReceipt {
    try {
      const { partialSuccess } = this.#serializer.deserializeResponse(answer);
      // JSON writes 64-bit numbers as strings.
      const failed = Math.min(sent, Number(partialSuccess?.rejectedSpans ?? 0));
      if (!(failed > 0)) return { failed: 0 };
      const message = partialSuccess?.errorMessage ?? "the collector gave no reason";
      return { failed, errorType: "rejected", message };
    } catch {
      // Not an OTLP answer, but the status said success.
      return { failed: 0 };
    }
  }
}

/** Whether a smaller request may be taken. Each one is at most half as large, so that this ends. */
function isTooLarge(errorType: string, size: number): boolean {
  if (!TOO_LARGE.has(errorType) || size <= MIN_PAYLOAD_BYTES) return false;
  return errorType === "413" || size > SUSPICIOUS_BYTES;
}

/** Both receipts as one; the reason of the first that has one. */
function sum(first: BatchReceipt, second: BatchReceipt): BatchReceipt {
  return { ...second, ...first, failed: first.failed + second.failed };
}
