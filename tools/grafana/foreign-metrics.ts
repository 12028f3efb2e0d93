import { histogramSeries, type Series } from "./metric-names.ts";

// Metrics reported by other components: the allow-list of the dashboards. A name that is neither here nor in
// the runtime's catalogue fails the tests.

/** Metrics of one source, keyed by what they measure. */
type Group<Key extends string> = Readonly<Record<Key, Series>>;

function series(name: string, ...labels: string[]): Series {
  return { name, labels };
}

/** Metrics of `@opentelemetry/instrumentation-runtime-node`, which the preload starts. */
export const NodeMetric: Group<
  | "LoopUtilization"
  | "LoopDelayP50"
  | "LoopDelayP99"
  | "LoopDelayMax"
  | "HeapUsed"
  | "HeapSize"
  | "GcSum"
  | "GcBucket"
  | "Resources"
> = {
  LoopUtilization: series("nodejs_eventloop_utilization_ratio"),
  LoopDelayP50: series("nodejs_eventloop_delay_p50_seconds"),
  LoopDelayP99: series("nodejs_eventloop_delay_p99_seconds"),
  LoopDelayMax: series("nodejs_eventloop_delay_max_seconds"),
  HeapUsed: series("v8js_memory_heap_used_bytes", "v8js_heap_space_name"),
  HeapSize: series("v8js_memory_heap_space_size_bytes", "v8js_heap_space_name"),
  GcSum: histogramSeries(series("v8js_gc_duration_seconds", "v8js_gc_type"), "sum"),
  GcBucket: histogramSeries(series("v8js_gc_duration_seconds", "v8js_gc_type"), "bucket"),
  Resources: series("v8js_resource_active", "v8js_resource_type"),
};

const COMPONENT = ["otel_component_type", "otel_component_name"];

/** Metrics of the preload's span queue, under OpenTelemetry's names for SDKs. */
export const SdkMetric: Group<
  "Processed" | "QueueSize" | "QueueCapacity" | "Exported" | "InFlight"
> = {
  Processed: series("otel_sdk_processor_span_processed_total", ...COMPONENT, "error_type"),
  QueueSize: series("otel_sdk_processor_span_queue_size", ...COMPONENT),
  QueueCapacity: series("otel_sdk_processor_span_queue_capacity", ...COMPONENT),
  Exported: series("otel_sdk_exporter_span_exported_total", ...COMPONENT, "error_type"),
  InFlight: series("otel_sdk_exporter_span_inflight", ...COMPONENT),
};

const SPAN = ["span_name", "span_kind", "status_code", "actor_type", "service_name"];
const SPAN_DURATION = series("traces_spanmetrics_duration_seconds", ...SPAN);

/** Metrics of the collector's `span_metrics` connector, counted before sampling. */
export const SpanMetric: Group<"Calls" | "DurationBucket"> = {
  Calls: series("traces_spanmetrics_calls_total", ...SPAN),
  DurationBucket: histogramSeries(SPAN_DURATION, "bucket"),
};

/** The collector's own metrics. */
export const CollectorMetric: Group<
  | "AcceptedSpans"
  | "AcceptedLogs"
  | "AcceptedPoints"
  | "RefusedSpans"
  | "RefusedLogs"
  | "RefusedPoints"
  | "SentSpans"
  | "SentLogs"
  | "SentPoints"
  | "FailedSpans"
  | "FailedLogs"
  | "FailedPoints"
  | "LostSpans"
  | "LostLogs"
  | "LostPoints"
  | "QueueSize"
  | "QueueCapacity"
  | "Memory"
> = {
  AcceptedSpans: series("otelcol_receiver_accepted_spans_total", "receiver"),
  AcceptedLogs: series("otelcol_receiver_accepted_log_records_total", "receiver"),
  AcceptedPoints: series("otelcol_receiver_accepted_metric_points_total", "receiver"),
  RefusedSpans: series("otelcol_receiver_refused_spans_total", "receiver"),
  RefusedLogs: series("otelcol_receiver_refused_log_records_total", "receiver"),
  RefusedPoints: series("otelcol_receiver_refused_metric_points_total", "receiver"),
  SentSpans: series("otelcol_exporter_sent_spans_total", "exporter"),
  SentLogs: series("otelcol_exporter_sent_log_records_total", "exporter"),
  SentPoints: series("otelcol_exporter_sent_metric_points_total", "exporter"),
  FailedSpans: series("otelcol_exporter_send_failed_spans_total", "exporter"),
  FailedLogs: series("otelcol_exporter_send_failed_log_records_total", "exporter"),
  FailedPoints: series("otelcol_exporter_send_failed_metric_points_total", "exporter"),
  LostSpans: series("otelcol_exporter_enqueue_failed_spans_total", "exporter"),
  LostLogs: series("otelcol_exporter_enqueue_failed_log_records_total", "exporter"),
  LostPoints: series("otelcol_exporter_enqueue_failed_metric_points_total", "exporter"),
  QueueSize: series("otelcol_exporter_queue_size", "exporter"),
  QueueCapacity: series("otelcol_exporter_queue_capacity", "exporter"),
  Memory: series("otelcol_process_memory_rss_bytes"),
};

/** Metrics of VictoriaLogs. */
export const LogStoreMetric: Group<"Dropped"> = {
  Dropped: series("vl_rows_dropped_total", "reason"),
};

/** Metrics that Prometheus creates while it scrapes and evaluates rules. */
export const PrometheusMetric: Group<"Up" | "ScrapeDuration" | "Alerts"> = {
  Up: series("up"),
  ScrapeDuration: series("scrape_duration_seconds"),
  Alerts: series("ALERTS", "alertname", "alertstate", "severity"),
};

/** All metrics above. */
export function foreignSeries(): readonly Series[] {
  return [
    NodeMetric,
    SdkMetric,
    SpanMetric,
    CollectorMetric,
    LogStoreMetric,
    PrometheusMetric,
  ].flatMap((group) => Object.values<Series>(group));
}
