import type { Attributes, BatchObservableResult, Meter, Observable } from "@opentelemetry/api";
import { Attribute } from "../../telemetry/attributes.ts";
import type { SpanQueue } from "./span-queue.ts";

/** According to the conventions, a component without a well-known type is named by its class. */
const PROCESSOR: Attributes = {
  "otel.component.type": "SpanQueue",
  "otel.component.name": "SpanQueue/0",
};
const EXPORTER: Attributes = {
  "otel.component.type": "otlp_http_span_exporter",
  "otel.component.name": "otlp_http_span_exporter/0",
};

/**
 * Reports the counts of a span queue under OpenTelemetry's own metric names. They are read from plain numbers
 * at collection time: a counter of the SDK would cost more than the queue.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/ | SDK metrics}
 */
export function reportSpanMetrics(meter: Meter, queue: SpanQueue): void {
  const unit = "{span}";
  const processed = meter.createObservableCounter("otel.sdk.processor.span.processed", {
    unit,
    description: "Spans handed to the exporter, or dropped for the reason in error.type.",
  });
  const size = meter.createObservableUpDownCounter("otel.sdk.processor.span.queue.size", {
    unit,
    description: "Spans that wait to be exported.",
  });
  const capacity = meter.createObservableUpDownCounter("otel.sdk.processor.span.queue.capacity", {
    unit,
    description: "Spans that may wait to be exported.",
  });
  const exported = meter.createObservableCounter("otel.sdk.exporter.span.exported", {
    unit,
    description: "Spans whose export ended, failed ones with error.type.",
  });
  const inFlight = meter.createObservableUpDownCounter("otel.sdk.exporter.span.inflight", {
    unit,
    description: "Spans handed to the exporter whose export has not ended.",
  });
  const observe = (result: BatchObservableResult): void => {
    const { counts } = queue;
    const totals = counts.totals();
    result.observe(processed, counts.submitted, PROCESSOR);
    observeErrors(result, processed, counts.dropped, PROCESSOR);
    result.observe(size, totals.waiting, PROCESSOR);
    result.observe(capacity, queue.capacity, PROCESSOR);
    result.observe(exported, counts.exported, EXPORTER);
    observeErrors(result, exported, counts.failed, EXPORTER);
    result.observe(inFlight, totals.inFlight, EXPORTER);
  };
  meter.addBatchObservableCallback(observe, [processed, size, capacity, exported, inFlight]);
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
