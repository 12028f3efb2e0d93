import { type DataPointType, DataPointType as PointType } from "@opentelemetry/sdk-metrics";
import { prometheusName } from "../../src/preload/prometheus/prometheus-name.ts";
import { Catalogue, type MetricKey } from "../../src/telemetry/catalogue.ts";
import { Instrument, type Metric } from "../../src/telemetry/metric.ts";

/** Series that PromQL can select: the name as Prometheus stores it, and the labels of its series. */
export interface Series {
  readonly name: string;
  /** In addition to `job` and `instance`, which every series has. */
  readonly labels: readonly string[];
}

/** The series of a histogram. */
export type HistogramPart = "bucket" | "sum" | "count";

function pointType(instrument: Instrument): DataPointType {
  switch (instrument) {
    case Instrument.Counter:
    case Instrument.UpDownCounter:
      return PointType.SUM;
    case Instrument.Gauge:
      return PointType.GAUGE;
    case Instrument.Histogram:
      return PointType.HISTOGRAM;
  }
}

/** The Prometheus label of an attribute's key. */
export function labelOf(key: string): string {
  return key.replaceAll(/[^A-Za-z0-9_]/g, "_");
}

function nameOf({ name, unit, description, instrument }: Metric): string {
  return prometheusName({
    descriptor: { name, unit, description, valueType: 1 },
    dataPointType: pointType(instrument),
    isMonotonic: instrument === Instrument.Counter,
    aggregationTemporality: 1,
    dataPoints: [],
  } as Parameters<typeof prometheusName>[0]);
}

/** A metric of the catalogue that has one series for each set of attributes. */
export function metric(key: MetricKey): Series {
  const row = Catalogue[key];
  if (row.instrument === Instrument.Histogram) throw new Error(`${row.name} is a histogram`);
  return { name: nameOf(row), labels: row.attributes.map(labelOf) };
}

/** One part of a histogram of the catalogue. */
export function histogram(key: MetricKey, part: HistogramPart): Series {
  const row = Catalogue[key];
  if (row.instrument !== Instrument.Histogram) throw new Error(`${row.name} is no histogram`);
  return histogramSeries({ name: nameOf(row), labels: row.attributes.map(labelOf) }, part);
}

/** One part of any histogram. */
export function histogramSeries({ name, labels }: Series, part: HistogramPart): Series {
  return { name: `${name}_${part}`, labels: part === "bucket" ? [...labels, "le"] : labels };
}

/** All series of the catalogue. */
export function catalogueSeries(): Series[] {
  return (Object.keys(Catalogue) as MetricKey[]).flatMap((key) =>
    Catalogue[key].instrument === Instrument.Histogram
      ? (["bucket", "sum", "count"] as const).map((part) => histogram(key, part))
      : [metric(key)],
  );
}
