import type { Attributes, BatchObservableResult, Meter, Observable } from "@opentelemetry/api";
import { Attribute } from "../../telemetry/attributes.ts";
import type { ExportQueue } from "./export-queue.ts";

/** What the metrics of a queue say it exports. */
export interface ExportedKind {
  /** Part of the names of the metrics. */
  readonly signal: string;
  readonly unit: string;
  /** Beginning of descriptions, as in `Spans that wait`. */
  readonly plural: string;
  /** Type of the component that holds the queue; it has no well-known one, so it is named by its class. */
  readonly processor: string;
  readonly exporter: string;
}

export const SPAN_EXPORT: ExportedKind = {
  signal: "span",
  unit: "{span}",
  plural: "Spans",
  processor: "SpanQueue",
  exporter: "otlp_http_span_exporter",
};
export const LOG_EXPORT: ExportedKind = {
  signal: "log",
  unit: "{log_record}",
  plural: "Log records",
  processor: "LogQueue",
  exporter: "otlp_http_log_exporter",
};

/**
 * Reports the counts of a queue under OpenTelemetry's own metric names. They are read from plain numbers at
 * collection time: a counter of the SDK would cost more than the queue.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/ | SDK metrics}
 */
export function reportExportMetrics<Item>(
  meter: Meter,
  queue: ExportQueue<Item>,
  kind: ExportedKind,
): void {
  const { signal, unit, plural } = kind;
  const ofProcessor = componentOf(kind.processor);
  const ofExporter = componentOf(kind.exporter);
  const processed = meter.createObservableCounter(`otel.sdk.processor.${signal}.processed`, {
    unit,
    description: `${plural} handed to the exporter, or dropped for the reason in error.type.`,
  });
  const size = meter.createObservableUpDownCounter(`otel.sdk.processor.${signal}.queue.size`, {
    unit,
    description: `${plural} that wait to be exported.`,
  });
  const room = meter.createObservableUpDownCounter(`otel.sdk.processor.${signal}.queue.capacity`, {
    unit,
    description: `${plural} that may wait to be exported.`,
  });
  const exported = meter.createObservableCounter(`otel.sdk.exporter.${signal}.exported`, {
    unit,
    description: `${plural} whose export ended, failed ones with error.type.`,
  });
  const inFlight = meter.createObservableUpDownCounter(`otel.sdk.exporter.${signal}.inflight`, {
    unit,
    description: `${plural} handed to the exporter whose export has not ended.`,
  });
  const observe = (result: BatchObservableResult): void => {
    const { counts } = queue;
    const totals = counts.totals();
    result.observe(processed, counts.submitted, ofProcessor);
    observeErrors(result, processed, counts.dropped, ofProcessor);
    result.observe(size, totals.waiting, ofProcessor);
    result.observe(room, queue.capacity, ofProcessor);
    result.observe(exported, counts.exported, ofExporter);
    observeErrors(result, exported, counts.failed, ofExporter);
    result.observe(inFlight, totals.inFlight, ofExporter);
  };
  meter.addBatchObservableCallback(observe, [processed, size, room, exported, inFlight]);
}

function componentOf(type: string): Attributes {
  return { "otel.component.type": type, "otel.component.name": `${type}/0` };
}

function observeErrors(
  result: BatchObservableResult,
  instrument: Observable,
  counts: ReadonlyMap<string, number>,
  attributes: Attributes,
): void {
  for (const [errorType, count] of counts) {
    result.observe(instrument, count, { ...attributes, [Attribute.ErrorType]: errorType });
  }
}
