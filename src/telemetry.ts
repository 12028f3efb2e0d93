export { Attribute } from "./telemetry/attributes.ts";
export { Catalogue, Instrument, type Metric } from "./telemetry/catalogue.ts";
export type { CorrelationFields } from "./telemetry/correlation.ts";
export type { HistogramPoint } from "./telemetry/latency-histogram.ts";
export { type CreateLoggerOptions, createLogger } from "./telemetry/logger.ts";
export { type HistogramProducer, metricProducer } from "./telemetry/metric-producer.ts";
export {
  DeltaGauge,
  type LatencyHistogramOptions,
  latencyHistogram,
} from "./telemetry/own-instruments.ts";
export { type WithSpanOptions, withSpan } from "./telemetry/with-span.ts";
