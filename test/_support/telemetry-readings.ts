import type { Attributes } from "@opentelemetry/api";
import type { InstrumentationScope } from "@opentelemetry/core";
import { emptyResource } from "@opentelemetry/resources";
import type { DataPoint, Histogram, MetricData, MetricProducer } from "@opentelemetry/sdk-metrics";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { producerOf } from "../../src/telemetry/metrics/metric-producer.ts";
import { exportTo, type MetricsExport } from "../../src/telemetry/metrics/metrics-export.ts";

/** A reader that collects when the test says so. */
class ManualReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

const NOTHING = { resourceMetrics: { resource: emptyResource(), scopeMetrics: [] }, errors: [] };

/** How histograms get to a {@link Readings}. */
export type HistogramRoute = "producer" | "record";

/** A meter provider and all it has, for tests that need more of a metric than its points. */
export class Readings {
  readonly provider: MeterProvider;
  readonly export: MetricsExport;
  readonly #reader: MetricReader;

  constructor(route: HistogramRoute) {
    let producer: MetricProducer = { collect: () => Promise.resolve(NOTHING) };
    this.#reader = new ManualReader({
      metricProducers: [{ collect: (options) => producer.collect(options) }],
    });
    this.provider = new MeterProvider({ readers: [this.#reader] });
    this.export = exportTo(this.provider);
    if (route === "producer") producer = producerOf(this.export);
  }

  /** Pass to `createSystem` as `metrics`. */
  get metrics(): { readonly meterProvider: MeterProvider } {
    return { meterProvider: this.provider };
  }

  /** Collects: all metrics by name. */
  async collect(): Promise<Map<string, MetricData>> {
    const { resourceMetrics } = await this.#reader.collect();
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    return new Map(all.map((metric) => [metric.descriptor.name, metric]));
  }

  /** Collects: who reported. */
  async scopes(): Promise<InstrumentationScope[]> {
    const { resourceMetrics } = await this.#reader.collect();
    return resourceMetrics.scopeMetrics.map(({ scope }) => scope);
  }

  /** Collects: the one histogram point of `name` that has exactly `attributes`. */
  async histogram(name: string, attributes: Attributes = {}): Promise<Histogram | undefined> {
    const wanted = JSON.stringify(attributes);
    const points = (await this.collect()).get(name)?.dataPoints as DataPoint<Histogram>[];
    return points?.find((point) => JSON.stringify(point.attributes) === wanted)?.value;
  }

  /** Collects: the sum of `name` over all its points. */
  async total(name: string): Promise<number> {
    const points = (await this.collect()).get(name)?.dataPoints as DataPoint<number>[];
    return (points ?? []).reduce((sum, point) => sum + point.value, 0);
  }
}
