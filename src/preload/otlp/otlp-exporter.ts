import type { Clock } from "../../base/clock.ts";
import type { BatchExporter, BatchReceipt } from "./batch-export.ts";
import { OtlpDelivery } from "./otlp-delivery.ts";
import { describeEndpoint, type OtlpEndpoint } from "./otlp-endpoint.ts";
import { encodeItems, type ItemEncoder, type Payload } from "./payloads.ts";
import { postBeforeExit } from "./post-before-exit.ts";

/** The part of a batch that a collector has rejected, as its response says. */
interface Rejection {
  /** The JSON encoding writes 64-bit numbers as strings. */
  readonly rejected: number | string | undefined;
  readonly message: string | undefined;
}

/** Encoding of one signal. */
export interface SignalEncoder<Item> extends ItemEncoder<Item> {
  /** Reads the response to a request. May throw. */
  rejection(answer: Uint8Array): Rejection;
}

/** Initial maximum request size: just below the 4 MiB that gRPC servers and many gateways accept. */
const MAX_PAYLOAD_BYTES = 4_000_000;
/** A request of at most this size that is rejected was not rejected for its size. */
const MIN_PAYLOAD_BYTES = 16_384;
/** Status codes that mean "too large". The OpenTelemetry Collector answers 400. */
const TOO_LARGE: ReadonlySet<string> = new Set(["413", "400"]);
/** A 400 for a request of at most this size has another reason. */
const SUSPICIOUS_BYTES = 1_000_000;

/**
 * Sends spans or log records to a collector by OTLP/HTTP.
 *
 * The stock exporters' transport is not used: its retries keep a finished process alive and cannot be
 * cancelled, and it does not report which part of a batch the collector rejected.
 *
 * A batch that is too large for the collector is sent in parts, and the texts of a single item that is too
 * large are cut. The accepted size is remembered.
 */
export class OtlpExporter<Item> implements BatchExporter<Item> {
  readonly #encoder: SignalEncoder<Item>;
  readonly #endpoint: OtlpEndpoint;
  readonly #delivery: OtlpDelivery;
  readonly #address: string;
  #maxBytes = MAX_PAYLOAD_BYTES;

  constructor(endpoint: OtlpEndpoint, encoder: SignalEncoder<Item>, clock: Clock) {
    this.#encoder = encoder;
    this.#endpoint = endpoint;
    this.#delivery = new OtlpDelivery(endpoint, clock);
    this.#address = describeEndpoint(endpoint.url);
  }

  async export(items: Item[], signal: AbortSignal): Promise<BatchReceipt> {
    let total: BatchReceipt = { failed: 0 };
    for (const payload of encodeItems(items, this.#encoder, this.#maxBytes)) {
      total = sum(total, await this.#send(payload, signal));
    }
    return total;
  }

  exportBeforeExit(items: Item[], deadlineMs: number): BatchReceipt {
    const payloads = [...encodeItems(items, this.#encoder, this.#maxBytes)];
    const bodies = payloads.map(({ bytes }) => bytes ?? new Uint8Array());
    const taken = postBeforeExit(this.#endpoint, bodies, deadlineMs);
    const lost = payloads.filter(({ bytes }, at) => bytes === undefined || taken[at] !== true);
    const failed = lost.reduce((count, payload) => count + payload.items.length, 0);
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
    { items, bytes, oversized }: Payload<Item>,
    signal: AbortSignal,
  ): Promise<BatchReceipt> {
    const failed = items.length;
    if (bytes === undefined) return { failed, errorType: "encoding_failed" };
    const delivery = await this.#delivery.deliver(bytes, signal);
    if (delivery.delivered) return this.#rejected(delivery.answer, failed);
    const { errorType, message } = delivery;
    const size = bytes.byteLength;
    if (!oversized && isTooLarge(errorType, size)) {
      this.#maxBytes = Math.min(this.#maxBytes, Math.max(MIN_PAYLOAD_BYTES, Math.floor(size / 2)));
      return await this.export(items, signal);
    }
    return { failed, errorType, message: `${this.#address}: ${message}` };
  }

  /** A collector may accept a batch and reject some of its items. The response contains their number. */
  #rejected(answer: Uint8Array, sent: number): BatchReceipt {
    try {
      const { rejected, message = "the collector gave no reason" } =
        this.#encoder.rejection(answer);
      const failed = Math.min(sent, Number(rejected ?? 0));
      if (!(failed > 0)) return { failed: 0 };
      return { failed, errorType: "rejected", message };
    } catch {
      // Not an OTLP response, but its status was success.
      return { failed: 0 };
    }
  }
}

/**
 * Returns whether a smaller request may be accepted. Each retry has at most half the size, so retries end.
 */
function isTooLarge(errorType: string, size: number): boolean {
  if (!TOO_LARGE.has(errorType) || size <= MIN_PAYLOAD_BYTES) return false;
  return errorType === "413" || size > SUSPICIOUS_BYTES;
}

/** Combines both receipts. The reason is that of the first receipt with one. */
function sum(first: BatchReceipt, second: BatchReceipt): BatchReceipt {
  return { ...second, ...first, failed: first.failed + second.failed };
}
