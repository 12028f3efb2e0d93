import "./base/require-node.ts";

export { ProcessRole } from "./preload/process-role.ts";
export type { SpanTotals } from "./preload/span-counts.ts";
export {
  type StopTelemetryOptions,
  stopTelemetry,
  telemetryStatus,
} from "./preload/telemetry-control.ts";
export {
  type StopReport,
  TelemetryState,
  type TelemetryStatus,
} from "./preload/telemetry-status.ts";
export { Attribute } from "./telemetry/attributes.ts";
export { Catalogue, Instrument, type Metric } from "./telemetry/catalogue.ts";
export type { CorrelationFields } from "./telemetry/correlation.ts";
export type { HistogramPoint } from "./telemetry/latency-histogram.ts";
export { type CreateLoggerOptions, createLogger } from "./telemetry/logger.ts";
export {
  type HistogramProducer,
  type MetricProducerOptions,
  metricProducer,
  Temporality,
} from "./telemetry/metric-producer.ts";
export {
  DeltaGauge,
  type LatencyHistogramOptions,
  latencyHistogram,
} from "./telemetry/own-instruments.ts";
export { type WithSpanOptions, withSpan } from "./telemetry/with-span.ts";
