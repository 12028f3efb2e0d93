import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { Clock } from "../base/clock.ts";
import type { BatchExporter, BatchReceipt } from "./batch-export.ts";
import { OtlpDelivery } from "./otlp-delivery.ts";
import { describeEndpoint, type OtlpEndpoint, OtlpProtocol } from "./otlp-endpoint.ts";
import { loadOtlpTransformer } from "./packages.ts";

type Transformer = ReturnType<typeof loadOtlpTransformer>;
type Serializer = Transformer["JsonTraceSerializer"];

/**
 * Sends spans to a collector by OTLP/HTTP, with OpenTelemetry's encoders. The stock exporters' transport
 * is not used: it keeps an ended process alive through its retries and cannot be told to stop, and what a
 * collector rejects of a batch does not come back from it.
 */
export class OtlpSpanExporter implements BatchExporter {
  readonly #serializer: Serializer;
  readonly #delivery: OtlpDelivery;
  readonly #address: string;

  constructor(endpoint: OtlpEndpoint, clock: Clock) {
    const { JsonTraceSerializer, ProtobufTraceSerializer } = loadOtlpTransformer();
    const json = endpoint.protocol === OtlpProtocol.Json;
    this.#serializer = json ? JsonTraceSerializer : ProtobufTraceSerializer;
    this.#delivery = new OtlpDelivery(endpoint, clock);
    this.#address = describeEndpoint(endpoint.url);
  }

  async export(spans: ReadableSpan[], signal: AbortSignal): Promise<BatchReceipt> {
    const payload = this.#serializer.serializeRequest(spans);
    if (payload === undefined) return { failed: spans.length, errorType: "encoding_failed" };
    const delivery = await this.#delivery.deliver(payload, signal);
    if (delivery.delivered) return this.#rejected(delivery.answer);
    const { errorType, message } = delivery;
    return { failed: spans.length, errorType, message: `${this.#address}: ${message}` };
  }

  hurry(): void {
    this.#delivery.hurry();
  }

  relax(): void {
    this.#delivery.relax();
  }

  /** A collector may take a batch and reject some of its spans; the answer says how many. */
  #rejected(answer: Uint8Array): BatchReceipt {
    try {
      const { partialSuccess } = this.#serializer.deserializeResponse(answer);
      // JSON writes 64-bit numbers as strings.
      const failed = Number(partialSuccess?.rejectedSpans ?? 0);
      if (!(failed > 0)) return { failed: 0 };
      const message = partialSuccess?.errorMessage ?? "the collector gave no reason";
      return { failed, errorType: "rejected", message };
    } catch {
      // Not an OTLP answer, but the status said success.
      return { failed: 0 };
    }
  }
}
