import type { IMetricReader, MetricProducer, PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { Clock } from "../base/clock.ts";
import { metricProducer } from "../telemetry/metric-producer.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Environment } from "./environment.ts";
import { MetricsPage } from "./metrics-page.ts";
import { describeEndpoint, OtlpSignal, otlpEndpoint } from "./otlp-endpoint.ts";
import { MetricDelivery } from "./otlp-metric-exporter.ts";
import { loadPrometheus, loadSdkMetrics } from "./packages.ts";
import { ProcessRole } from "./process-role.ts";

/** Where metrics go. */
export interface MetricOutlets {
  /** For the SDK; empty when metrics are off. */
  readonly readers: IMetricReader[];
  /** The page for Prometheus, when it is to be served. */
  readonly page: MetricsPage | undefined;
  readonly delivery: MetricDelivery | undefined;
  readonly metricsEndpoint: string | undefined;
}

/** What the outlets are made with. */
export interface MetricOutletParts {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly role: ProcessRole;
}

const HOUR_MS = 3_600_000;

/** Sets up what `OTEL_METRICS_EXPORTER` lists; `prometheus` by default. */
export function createMetricOutlets(parts: MetricOutletParts): MetricOutlets {
  const { environment, clock, diagnostics, role } = parts;
  const names = environment.exporters("OTEL_METRICS_EXPORTER", "prometheus");
  const readers: IMetricReader[] = [];
  let page: MetricsPage | undefined;
  let delivery: MetricDelivery | undefined;
  let metricsEndpoint: string | undefined;
  // One for all readers: each one made tells the runtime that its histograms are fetched.
  let producer: MetricProducer | undefined;
  const producers = (): MetricProducer[] => {
    producer ??= metricProducer();
    return [producer];
  };
  for (const name of names) {
    switch (name) {
      case "prometheus": {
        if (role !== ProcessRole.Main) {
          diagnostics.info(`no /metrics in a ${role}: its port is the main process's`);
          break;
        }
        const { PrometheusExporter } = loadPrometheus();
        const reader = new PrometheusExporter({
          preventServerStart: true,
          metricProducers: producers(),
        });
        page = new MetricsPage(reader, diagnostics);
        readers.push(reader);
        break;
      }
      case "otlp": {
        const endpoint = otlpEndpoint(environment, OtlpSignal.Metrics);
        delivery = new MetricDelivery(endpoint, clock, diagnostics);
        metricsEndpoint = describeEndpoint(endpoint.url);
        readers.push(createPeriodicReader(environment, delivery.exporter(), producers()));
        break;
      }
      case "console": {
        const exporter = new (loadSdkMetrics().ConsoleMetricExporter)();
        readers.push(createPeriodicReader(environment, exporter, producers()));
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
  metricProducers: MetricProducer[],
): IMetricReader {
  const limits = { min: 1, max: HOUR_MS };
  const interval = environment.number("OTEL_METRIC_EXPORT_INTERVAL", 60_000, limits);
  const timeout = environment.number("OTEL_METRIC_EXPORT_TIMEOUT", 30_000, limits);
  return new (loadSdkMetrics().PeriodicExportingMetricReader)({
    exporter,
    exportIntervalMillis: interval,
    exportTimeoutMillis: Math.min(timeout, interval),
    metricProducers,
  });
}
