import type { MetricPoint, MetricRow } from "../../wire/answers.ts";

/** Maximum number of readings kept of each series. */
const MAX_READINGS = 600;
/** Maximum number of series drawn of a metric; the largest are taken. */
const MAX_DRAWN = 6;

/** One line of a chart with a value for each time; `null` where there is none. */
export interface ChartLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Current value; the 95th percentile for histograms. */
  readonly last: number | null;
  readonly point: MetricPoint;
}

/** A metric as drawn: counters as rates, gauges as values, histograms by their 95th percentile. */
export interface MetricChart {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: MetricRow["kind"];
  /** Seconds since the epoch, as the chart library expects. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  /** Number of series that are not drawn. */
  readonly hidden: number;
}

interface Series {
  readonly values: (number | null)[];
  point: MetricPoint;
  total: number;
}

/** The process's metrics over time, since the viewer started. */
export class MetricSeries {
  readonly #times: number[] = [];
  readonly #rows = new Map<string, MetricRow>();
  readonly #series = new Map<string, Map<string, Series>>();

  /** Adds a reading of all metrics. */
  add(atMs: number, rows: readonly MetricRow[]): void {
    const before = this.#times.at(-1);
    const seconds = before === undefined ? 0 : atMs / 1_000 - before;
    if (before !== undefined && seconds <= 0) return;
    this.#times.push(atMs / 1_000);
    for (const row of rows) {
      this.#rows.set(row.name, row);
      for (const point of row.points) this.#addPoint(row, point, seconds);
    }
    this.#padOthers();
    if (this.#times.length > MAX_READINGS) this.#dropOldest();
  }

  /** Returns one chart for each metric, sorted by name. */
  charts(): MetricChart[] {
    return [...this.#rows.values()]
      .map((row) => this.#chart(row))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #addPoint(row: MetricRow, point: MetricPoint, seconds: number): void {
    const key = labelOf(point);
    let all = this.#series.get(row.name);
    if (all === undefined) {
      all = new Map();
      this.#series.set(row.name, all);
    }
    let series = all.get(key);
    const isNew = series === undefined;
    if (series === undefined) {
      series = { values: new Array(this.#times.length - 1).fill(null), point, total: point.value };
      all.set(key, series);
    }
    series.values.push(readingOf(row, point, isNew ? null : series.total, seconds));
    series.point = point;
    series.total = point.value;
  }

  /** Adds an empty value to the series that are missing from the last reading. */
  #padOthers(): void {
    for (const all of this.#series.values()) {
      for (const { values } of all.values()) {
        if (values.length < this.#times.length) values.push(null);
      }
    }
  }

  #dropOldest(): void {
    this.#times.shift();
    for (const all of this.#series.values()) for (const { values } of all.values()) values.shift();
  }

  #chart(row: MetricRow): MetricChart {
    const { name, description, unit, kind } = row;
    const all = [...(this.#series.get(name) ?? [])];
    const lines = all
      .map(([label, { values, point }]): ChartLine => {
        return { label, values: [...values], last: values.at(-1) ?? null, point };
      })
      .sort((a, b) => peak(b) - peak(a));
    const drawn = lines.slice(0, MAX_DRAWN);
    const hidden = lines.length - drawn.length;
    return { name, description, unit, kind, times: [...this.#times], lines: drawn, hidden };
  }
}

function readingOf(
  { kind }: MetricRow,
  point: MetricPoint,
  before: number | null,
  seconds: number,
): number | null {
  switch (kind) {
    case "gauge":
      return point.value;
    case "histogram":
      return point.p95 ?? null;
    case "counter":
      if (before === null || seconds <= 0 || point.value < before) return null;
      return (point.value - before) / seconds;
  }
}

function peak({ values }: ChartLine): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}

/** Returns `desk · place · ask`: values only, because the series of a chart differ in the same attributes. */
function labelOf({ attributes }: MetricPoint): string {
  const values = Object.values(attributes);
  return values.length === 0 ? "all" : values.join(" · ");
}
