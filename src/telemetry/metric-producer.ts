import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { systemClock } from "../base/clock.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { type Metric, SCHEMA_URL, SCOPE_NAME } from "./catalogue.ts";
import { globalExport, type MergedHistogram, type MetricsExport } from "./metrics-export.ts";
import { VERSION } from "./version.ts";

/** `DataPointType.HISTOGRAM` of the metrics SDK; its numbers are part of its public types. */
const HISTOGRAM = 0;
/** `AggregationTemporality.CUMULATIVE` of the metrics SDK. */
const CUMULATIVE = 1;

interface HistogramDataPoint {
  startTime: HrTime;
  endTime: HrTime;
  attributes: Attributes;
  value: {
    buckets: { boundaries: number[]; counts: number[] };
    sum: number;
    count: number;
    min: number;
    max: number;
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
  aggregationTemporality: typeof CUMULATIVE;
  dataPoints: HistogramDataPoint[];
}

/** What {@link metricProducer} returns from `collect`, in the shape of the SDK's `CollectionResult`. */
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
  collect(): Promise<HistogramCollection>;
}

function hrTime(epochMs: number): HrTime {
  const seconds = Math.trunc(epochMs / 1000);
  return [seconds, Math.floor((epochMs - seconds * 1000) * 1e6)];
}

const startTime = hrTime(performance.timeOrigin);

function toMetricData(metric: Metric, series: MergedHistogram[], now: HrTime): HistogramMetricData {
  return {
    descriptor: {
      name: metric.name,
      description: metric.description,
      unit: metric.unit,
      valueType: ValueType.DOUBLE,
    },
    dataPointType: HISTOGRAM,
    aggregationTemporality: CUMULATIVE,
    dataPoints: series.map(({ attributes, reading }) => ({
      startTime,
      endTime: now,
      attributes,
      value: {
        buckets: { boundaries: [...reading.boundaries], counts: [...reading.counts] },
        sum: reading.sum,
        count: reading.count,
        min: reading.min,
        max: reading.max,
      },
    })),
  };
}

/** Readers take the resource from their own provider, so a producer's is never merged. */
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
 * Creates a metric producer that hands over limelight's histograms whole. Attach it to **every** metric
 * reader (`new PrometheusExporter({ metricProducers: [metricProducer()] })`): from the first one on,
 * durations no longer go through the SDK's own histograms, which cost 365–900 ns a value.
 */
export function metricProducer(source: MetricsExport = globalExport): HistogramProducer {
  source.attachProducer();
  return {
    collect: () => {
      const now = hrTime(systemClock.epochMs());
      const byMetric = new Map<Metric, MergedHistogram[]>();
      for (const series of source.readHistograms()) {
        if (series.reading.count === 0) continue;
        const list = byMetric.get(series.metric) ?? [];
        list.push(series);
        byMetric.set(series.metric, list);
      }
      const scope = { name: SCOPE_NAME, version: VERSION, schemaUrl: SCHEMA_URL };
      const metrics = [...byMetric].map(([metric, series]) => toMetricData(metric, series, now));
      const resourceMetrics = { resource: noResource, scopeMetrics: [{ scope, metrics }] };
      return Promise.resolve({ resourceMetrics, errors: [] });
    },
  };
}
