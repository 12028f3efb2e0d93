/**
 * Loggers, spans and metrics outside of actors, the names of all metrics, and the control of the preload.
 *
 * @module limelight/telemetry
 */
import "./base/node/require-node.ts";

export type { ExportTotals } from "./preload/otlp/export-counts.ts";
export { ProcessRole } from "./preload/process/process-role.ts";
export {
  type StopTelemetryOptions,
  stopTelemetry,
  telemetryStatus,
} from "./preload/telemetry-control.ts";
export {
  type ExportResults,
  type StopReport,
  TelemetryState,
  type TelemetryStatus,
} from "./preload/telemetry-status.ts";
export { Attribute } from "./telemetry/attributes.ts";
export { Catalogue } from "./telemetry/catalogue.ts";
export type { CorrelationFields } from "./telemetry/logs/correlation.ts";
export { type CreateLoggerOptions, createLogger } from "./telemetry/logs/logger.ts";
export { Instrument, type Metric } from "./telemetry/metric.ts";
export type { HistogramPoint } from "./telemetry/metrics/latency-histogram.ts";
export {
  type HistogramProducer,
  type MetricProducerOptions,
  metricProducer,
  Temporality,
} from "./telemetry/metrics/metric-producer.ts";
export {
  DeltaGauge,
  type LatencyHistogramOptions,
  latencyHistogram,
} from "./telemetry/metrics/own-instruments.ts";
export { TracerProvider, type TracerProviderOptions } from "./telemetry/spans/tracer-provider.ts";
export { type WithSpanOptions, withSpan } from "./telemetry/traces/with-span.ts";
