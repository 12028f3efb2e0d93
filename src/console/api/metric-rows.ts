import type { Attributes } from "@opentelemetry/api";
import { percentile } from "../../monitor/rows/duration-row.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import { Instrument, type Metric } from "../../telemetry/metric.ts";
import { LatencyHistogram } from "../../telemetry/metrics/latency-histogram.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { MetricPoint, MetricRow } from "../../wire/answers.ts";

interface NumberSeries {
  readonly attributes: Attributes;
  value: number;
}

interface DurationSeries {
  readonly attributes: Attributes;
  readonly histogram: LatencyHistogram;
}

/**
 * Returns the current values of the catalogue's metrics, summed over all systems. They are read from the same
 * source as for the exporters.
 */
export function metricRows(books: readonly PointBook[]): MetricRow[] {
  const numbers = new Map<Metric, Map<string, NumberSeries>>();
  const durations = new Map<Metric, Map<string, DurationSeries>>();
  for (const book of books) {
    for (const point of book.readNumbers()) {
      const { value, series } = numberOf(numbers, point);
      // The largest mailbox over all systems is a maximum, not a sum.
      series.value =
        point.metric.instrument === Instrument.Gauge
          ? Math.max(series.value, value)
          : series.value + value;
    }
    for (const { metric, attributes, key, histogram } of book.readHistograms()) {
      const all = seriesOf(durations, metric);
      const series = all.get(key) ?? {
        attributes,
        histogram: new LatencyHistogram(metric.buckets),
      };
      series.histogram.absorb(histogram.read());
      all.set(key, series);
    }
  }
  return Object.values(Catalogue).flatMap((metric) => {
    const points = [
      ...[...(numbers.get(metric)?.values() ?? [])].map(numberPoint),
      ...[...(durations.get(metric)?.values() ?? [])].map(durationPoint),
    ];
    const { name, description, unit, instrument } = metric;
    return points.length === 0
      ? []
      : [{ name, description, unit, kind: kindOf(instrument), points }];
  });
}

type Point = ReturnType<PointBook["readNumbers"]> extends Iterable<infer Item> ? Item : never;

function numberOf(
  all: Map<Metric, Map<string, NumberSeries>>,
  { metric, attributes, key, value }: Point,
): { readonly value: number; readonly series: NumberSeries } {
  const ofMetric = seriesOf(all, metric);
  const series = ofMetric.get(key) ?? { attributes, value: 0 };
  ofMetric.set(key, series);
  return { value, series };
}

function seriesOf<Series>(
  all: Map<Metric, Map<string, Series>>,
  metric: Metric,
): Map<string, Series> {
  const found = all.get(metric) ?? new Map<string, Series>();
  all.set(metric, found);
  return found;
}

function numberPoint({ attributes, value }: NumberSeries): MetricPoint {
  return { attributes: texts(attributes), value };
}

function durationPoint({ attributes, histogram }: DurationSeries): MetricPoint {
  const reading = histogram.read();
  const value = reading.count;
  if (value === 0) return { attributes: texts(attributes), value };
  return {
    attributes: texts(attributes),
    value,
    p50: percentile(reading, 0.5),
    p95: percentile(reading, 0.95),
    p99: percentile(reading, 0.99),
  };
}

function texts(attributes: Attributes): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, String(value ?? "")]),
  );
}

function kindOf(instrument: Instrument): MetricRow["kind"] {
  switch (instrument) {
    case Instrument.Counter:
      return "counter";
    case Instrument.UpDownCounter:
    case Instrument.Gauge:
      return "gauge";
    case Instrument.Histogram:
      return "histogram";
  }
}
