import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { systemClock } from "../../base/clock.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { requireKnownKeys } from "../../base/options.ts";
import { SCHEMA_URL, SCOPE_NAME } from "../catalogue.ts";
import type { Metric } from "../metric.ts";
import { VERSION } from "../version.ts";
import type { HistogramReading } from "./latency-histogram.ts";
import { globalExport, type MergedHistogram, type MetricsExport } from "./metrics-export.ts";

/** `DataPointType.HISTOGRAM` of the metrics SDK. The numbers are part of its public types. */
const HISTOGRAM = 0;
/** `AggregationTemporality` of the metrics SDK. */
const DELTA = 0;
const CUMULATIVE = 1;

/**
 * The period that a histogram's counts cover.
 *
 * @enum
 */
export const Temporality = {
  /** Since the start of the process. */
  Cumulative: "cumulative",
  /** Since the reader's last collection. */
  Delta: "delta",
} as const;
export type Temporality = (typeof Temporality)[keyof typeof Temporality];

/** Options of {@link metricProducer}. */
export interface MetricProducerOptions {
  /**
   * Temporality that the reader's exporter requires for histograms. A producer of deltas belongs to one
   * reader. Default `cumulative`.
   */
  readonly temporality?: Temporality;
}

interface HistogramDataPoint {
  startTime: HrTime;
  endTime: HrTime;
  attributes: Attributes;
  value: {
    buckets: { boundaries: number[]; counts: number[] };
    sum: number;
    count: number;
    min?: number;
    max?: number;
  };
}

interface HistogramMetricData {
  descriptor: {
    name: string;
    description: string;
    unit: string;
    valueType: ValueType;
  };
  dataPointType: typeof HISTOGRAM;
  aggregationTemporality: typeof CUMULATIVE | typeof DELTA;
  dataPoints: HistogramDataPoint[];
}

/** Return value of `collect` in {@link metricProducer}, in the shape of the SDK's `CollectionResult`. */
interface HistogramCollection {
  resourceMetrics: {
    /** Unused: a reader takes the resource from its own provider. */
    resource: { attributes: Attributes; merge(): never; getRawAttributes(): [] };
    scopeMetrics: {
      scope: { name: string; version: string; schemaUrl: string };
      metrics: HistogramMetricData[];
    }[];
  };
  errors: unknown[];
}

/** A `MetricProducer` of the metrics SDK, without a dependency on it. */
export interface HistogramProducer {
  /** Reads all histograms. Called by the metric reader. */
  collect(): Promise<HistogramCollection>;
}

function hrTime(epochMs: number): HrTime {
  const seconds = Math.trunc(epochMs / 1000);
  return [seconds, Math.floor((epochMs - seconds * 1000) * 1e6)];
}

const startTime = hrTime(performance.timeOrigin);

function toDataPoint(
  { attributes, reading }: MergedHistogram,
  from: HrTime,
  to: HrTime,
): HistogramDataPoint {
  const { boundaries, counts, sum, count, min, max } = reading;
  return {
    startTime: from,
    endTime: to,
    attributes,
    value: {
      buckets: { boundaries: [...boundaries], counts: [...counts] },
      sum,
      count,
      min,
      max,
    },
  };
}

/** Computes what has been added to each series since the previous collection. */
class Deltas {
  readonly #last = new Map<string, HistogramReading>();

  /** Returns `undefined` when nothing has been added. Minimum and maximum of an interval are unknown. */
  toDataPoint(series: MergedHistogram, from: HrTime, to: HrTime): HistogramDataPoint | undefined {
    const { key, attributes, reading } = series;
    const last = this.#last.get(key);
    const count = reading.count - (last?.count ?? 0);
    if (count === 0) return undefined;
    this.#last.set(key, reading);
    const counts = reading.counts.map((held, at) => held - (last?.counts[at] ?? 0));
    const buckets = { boundaries: [...reading.boundaries], counts };
    const value = { buckets, sum: reading.sum - (last?.sum ?? 0), count };
    return { startTime: from, endTime: to, attributes, value };
  }
}

/** A reader takes the resource from its own provider, so a producer's resource is never merged. */
const noResource = {
  attributes: {},
  merge(): never {
    throw new UsageError("the resource of a metric producer cannot be merged", {
      code: ErrorCode.InvalidOption,
    });
  },
  getRawAttributes: (): [] => [],
};

/**
 * Creates a metric producer that exports limelight's histograms whole.
 *
 * Attach one to **every** metric reader (`new PrometheusExporter({ metricProducers: [metricProducer()] })`).
 * Once the first is attached, durations no longer go through the SDK's own histograms, which cost 365–900 ns
 * per value.
 *
 * @example
 * ```ts
 * import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
 *
 * const reader = new PrometheusExporter({
 *   preventServerStart: true, // or a port to serve the metrics at
 *   metricProducers: [metricProducer()],
 * });
 * ```
 */
export function metricProducer(options: MetricProducerOptions = {}): HistogramProducer {
  requireKnownKeys("`metricProducer`", options, ["temporality"]);
  return producerOf(globalExport, options);
}

/** Creates the same producer for the histograms of one export. */
export function producerOf(
  source: MetricsExport,
  options: MetricProducerOptions = {},
): HistogramProducer {
  source.attachProducer();
  const deltas = options.temporality === Temporality.Delta ? new Deltas() : undefined;
  let since = startTime;
  return {
    collect: () => {
      const now = hrTime(systemClock.epochMs());
      const byName = new Map<string, HistogramMetricData>();
      for (const series of source.readHistograms()) {
        if (series.reading.count === 0) continue;
        const point =
          deltas === undefined
            ? toDataPoint(series, startTime, now)
            : deltas.toDataPoint(series, since, now);
        if (point === undefined) continue;
        // Compared by name: each copy of the package has its own definitions.
        const data = byName.get(series.metric.name) ?? toMetricData(series.metric, deltas);
        data.dataPoints.push(point);
        byName.set(series.metric.name, data);
      }
      since = now;
      const scope = { name: SCOPE_NAME, version: VERSION, schemaUrl: SCHEMA_URL };
      const metrics = [...byName.values()];
      const resourceMetrics = { resource: noResource, scopeMetrics: [{ scope, metrics }] };
      return Promise.resolve({ resourceMetrics, errors: [] });
    },
  };
}

function toMetricData(metric: Metric, deltas: Deltas | undefined): HistogramMetricData {
  const { name, description, unit } = metric;
  return {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    dataPointType: HISTOGRAM,
    aggregationTemporality: deltas === undefined ? CUMULATIVE : DELTA,
    dataPoints: [],
  };
}
