import type { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import type { DataPoint, MetricData } from "@opentelemetry/sdk-metrics";
import type { Diagnostics } from "./diagnostics.ts";
import { loadPrometheus } from "./packages.ts";
import { distinctLabels } from "./prometheus-labels.ts";
import { prometheusName } from "./prometheus-name.ts";

/** The metrics of this process as Prometheus reads them. */
export class MetricsPage {
  /** Content type of the text format; Prometheus 3 refuses a page without a version. */
  static readonly contentType: string = "text/plain; version=0.0.4; charset=utf-8";
  readonly #reader: PrometheusExporter;
  readonly #serializer: PrometheusSerializer;
  readonly #diagnostics: Diagnostics;
  #pending: Promise<string> | undefined;

  constructor(reader: PrometheusExporter, diagnostics: Diagnostics) {
    this.#reader = reader;
    this.#serializer = new (loadPrometheus().PrometheusSerializer)();
    this.#diagnostics = diagnostics;
  }

  /** Collects and writes the page; scrapes that come meanwhile share it. */
  render(): Promise<string> {
    this.#pending ??= this.#render().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #render(): Promise<string> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    for (const error of errors) this.#diagnostics.error("a metric could not be collected", error);
    const scopeMetrics = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map(forPrometheus),
    }));
    return this.#serializer.serialize({ ...resourceMetrics, scopeMetrics });
  }
}

/** The unit goes into the name; as a `# UNIT` line it would contradict the name. */
function forPrometheus(metric: MetricData): MetricData {
  const descriptor = { ...metric.descriptor, name: prometheusName(metric), unit: "" };
  const dataPoints = (metric.dataPoints as DataPoint<unknown>[]).map((point) => ({
    ...point,
    attributes: distinctLabels(point.attributes),
  }));
  return { ...metric, descriptor, dataPoints } as MetricData;
}
