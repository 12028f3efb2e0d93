import type { IMetricReader, InstrumentType, PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { Clock } from "../base/clock.ts";
import { metricProducer, Temporality } from "../telemetry/metrics/metric-producer.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Environment } from "./environment.ts";
import { describeEndpoint, OtlpSignal, otlpEndpoint } from "./otlp/otlp-endpoint.ts";
import { HistogramAggregation, MetricDelivery } from "./otlp/otlp-metric-exporter.ts";
import { loadPrometheus, loadSdkMetrics } from "./packages.ts";
import { notePort, servedAbove } from "./process/port-owner.ts";
import { ProcessRole } from "./process/process-role.ts";
import { MetricsPage } from "./prometheus/metrics-page.ts";
import { prometheusPort } from "./prometheus/metrics-server.ts";

/** Destinations of metrics. */
export interface MetricOutlets {
  /** Readers for the SDK. Empty when metrics are off. */
  readonly readers: IMetricReader[];
  /** The page for Prometheus, if it is served. */
  readonly page: MetricsPage | undefined;
  readonly delivery: MetricDelivery | undefined;
  readonly metricsEndpoint: string | undefined;
}

/** Parameters of {@link createMetricOutlets}. */
export interface MetricOutletParts {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly role: ProcessRole;
}

const HOUR_MS = 3_600_000;
/** `InstrumentType.HISTOGRAM` and `AggregationTemporality.DELTA` of the metrics SDK. */
const HISTOGRAM = "HISTOGRAM" as InstrumentType;
const DELTA = 0;

/** Creates the readers and the page that `OTEL_METRICS_EXPORTER` lists; default `prometheus`. */
export function createMetricOutlets(parts: MetricOutletParts): MetricOutlets {
  const { environment, clock, diagnostics, role } = parts;
  const names = environment.exporters("OTEL_METRICS_EXPORTER", "prometheus");
  const readers: IMetricReader[] = [];
  let page: MetricsPage | undefined;
  let delivery: MetricDelivery | undefined;
  let metricsEndpoint: string | undefined;
  for (const name of names) {
    switch (name) {
      case "prometheus": {
        if (role !== ProcessRole.Main) {
          diagnostics.info(`no /metrics in a ${role}: its port is the main process's`);
          break;
        }
        const port = prometheusPort(environment);
        if (servedAbove(port)) {
          diagnostics.info(`no /metrics here: a process above this one serves port ${port}`);
          break;
        }
        notePort(port);
        const { PrometheusExporter } = loadPrometheus();
        const reader = new PrometheusExporter({
          preventServerStart: true,
          metricProducers: [metricProducer()],
        });
        page = new MetricsPage(reader, diagnostics);
        readers.push(reader);
        break;
      }
      case "otlp": {
        const endpoint = otlpEndpoint(environment, OtlpSignal.Metrics);
        delivery = new MetricDelivery(endpoint, clock, diagnostics);
        metricsEndpoint = describeEndpoint(endpoint.url);
        const exporter = delivery.exporter(histogramAggregation(environment));
        readers.push(createPeriodicReader(environment, exporter));
        break;
      }
      case "console": {
        const exporter = new (loadSdkMetrics().ConsoleMetricExporter)();
        readers.push(createPeriodicReader(environment, exporter));
        break;
      }
      default:
        environment.report(
          `OTEL_METRICS_EXPORTER knows prometheus, otlp, console and none, not ${JSON.stringify(name)}`,
        );
    }
  }
  return { readers, page, delivery, metricsEndpoint };
}

function createPeriodicReader(
  environment: Environment,
  exporter: PushMetricExporter,
): IMetricReader {
  const limits = { min: 1, max: HOUR_MS };
  const interval = environment.number("OTEL_METRIC_EXPORT_INTERVAL", 60_000, limits);
  const timeout = environment.number("OTEL_METRIC_EXPORT_TIMEOUT", 30_000, limits);
  return new (loadSdkMetrics().PeriodicExportingMetricReader)({
    exporter,
    exportIntervalMillis: interval,
    exportTimeoutMillis: Math.min(timeout, interval),
    metricProducers: [metricProducer({ temporality: temporalityOf(exporter) })],
  });
}

/**
 * Returns the temporality the exporter requires for histograms that do not come from the SDK's instruments.
 */
function temporalityOf(exporter: PushMetricExporter): Temporality {
  const wanted = exporter.selectAggregationTemporality?.(HISTOGRAM);
  return wanted === DELTA ? Temporality.Delta : Temporality.Cumulative;
}

/** Returns the aggregation of the application's own histograms. limelight's keep their buckets. */
function histogramAggregation(environment: Environment): HistogramAggregation {
  const name = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION";
  const asked = environment.text(name)?.toLowerCase() ?? HistogramAggregation.Explicit;
  const known = Object.values(HistogramAggregation).find((aggregation) => aggregation === asked);
  if (known !== undefined) return known;
  environment.report(
    `${name} knows ${Object.values(HistogramAggregation).join(", ")}, not ${JSON.stringify(asked)}: using ${HistogramAggregation.Explicit}`,
  );
  return HistogramAggregation.Explicit;
}
