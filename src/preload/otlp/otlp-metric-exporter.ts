import type { IOtlpExportDelegate } from "@opentelemetry/otlp-exporter-base";
import type { PushMetricExporter, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { Clock } from "../../base/clock.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { loadOtlpMetrics, loadOtlpTransformer, loadSdkMetrics } from "../packages.ts";
import { ExportReports } from "./export-reports.ts";
import { OtlpDelivery } from "./otlp-delivery.ts";
import { describeEndpoint, type OtlpEndpoint, OtlpProtocol } from "./otlp-endpoint.ts";

/** `ExportResultCode.SUCCESS` of the SDK. */
const SUCCESS = 0;
/**
 * Concurrent exports of totals. A later export carries the same totals, so nothing is lost beyond this limit.
 */
const MAX_PENDING = 2;
/** Concurrent exports of deltas. A delta that is not sent cannot be recovered. */
const MAX_PENDING_DELTAS = 16;

/** Aggregation of the SDK's histograms, with the values of the specification's variable. */
export const HistogramAggregation = {
  Explicit: "explicit_bucket_histogram",
  Exponential: "base2_exponential_bucket_histogram",
} as const;
export type HistogramAggregation = (typeof HistogramAggregation)[keyof typeof HistogramAggregation];

type Serializer = ReturnType<typeof loadOtlpTransformer>["JsonMetricsSerializer"];

/**
 * Sends metrics to a collector by OTLP/HTTP.
 *
 * An export is reported to the SDK's reader as done once it has started: the reader waits on a timer that
 * would keep a finished process alive for up to 30 s.
 */
export class MetricDelivery implements IOtlpExportDelegate<ResourceMetrics> {
  readonly #serializer: Serializer;
  readonly #delivery: OtlpDelivery;
  readonly #address: string;
  readonly #reports: ExportReports;
  readonly #pending = new Set<Promise<void>>();
  readonly #controller = new AbortController();
  #maxPending = MAX_PENDING;

  constructor(endpoint: OtlpEndpoint, clock: Clock, diagnostics: Diagnostics) {
    const { JsonMetricsSerializer, ProtobufMetricsSerializer } = loadOtlpTransformer();
    const json = endpoint.protocol === OtlpProtocol.Json;
    this.#serializer = json ? JsonMetricsSerializer : ProtobufMetricsSerializer;
    this.#delivery = new OtlpDelivery(endpoint, clock);
    this.#address = describeEndpoint(endpoint.url);
    this.#reports = new ExportReports("metrics", clock, diagnostics);
  }

  /**
   * Returns the exporter for the SDK's periodic reader. `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`
   * sets its temporality.
   */
  exporter(aggregation: HistogramAggregation = HistogramAggregation.Explicit): PushMetricExporter {
    const { AggregationTemporality, AggregationType, InstrumentType } = loadSdkMetrics();
    const exponential = aggregation === HistogramAggregation.Exponential;
    const exporter = new (loadOtlpMetrics().OTLPMetricExporterBase)(this, {
      aggregationPreference: (instrument) =>
        exponential && instrument === InstrumentType.HISTOGRAM
          ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
          : { type: AggregationType.DEFAULT },
    });
    const temporality = exporter.selectAggregationTemporality(InstrumentType.COUNTER);
    const delta = temporality === AggregationTemporality.DELTA;
    this.#maxPending = delta ? MAX_PENDING_DELTAS : MAX_PENDING;
    return exporter;
  }

  export(metrics: ResourceMetrics, done: (result: { code: typeof SUCCESS }) => void): void {
    if (this.#pending.size < this.#maxPending) this.#send(metrics);
    else this.#fail("queue_full", "earlier exports are still under way");
    done({ code: SUCCESS });
  }

  async forceFlush(): Promise<void> {
    this.#delivery.beginFlush();
    await Promise.all(this.#pending);
    this.#delivery.endFlush();
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }

  setMetrics(): void {}

  /** Aborts the exports in progress. */
  abort(): void {
    this.#controller.abort("shutdown_deadline");
  }

  #send(metrics: ResourceMetrics): void {
    const payload = this.#serializer.serializeRequest(metrics);
    if (payload === undefined) {
      this.#fail("encoding_failed", "nothing to send");
      return;
    }
    const sent = this.#delivery.deliver(payload, this.#controller.signal).then((delivery) => {
      this.#pending.delete(sent);
      if (delivery.delivered) this.#reports.succeeded();
      else this.#fail(delivery.errorType, delivery.message);
    });
    this.#pending.add(sent);
  }

  #fail(errorType: string, reason: string): void {
    this.#reports.failed({ errorType, reason: `${this.#address}: ${reason}` });
  }
}
