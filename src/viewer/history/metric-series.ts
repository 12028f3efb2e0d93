import type { MetricPoint, MetricRow } from "../../wire/answers.ts";

/** Readings kept of each series. */
const MAX_READINGS = 600;
/** Series drawn of a metric: the largest. */
const MAX_DRAWN = 6;

/** One line of a chart, a value for each time; `null` where there is none. */
export interface ChartLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** What it stands at; of a histogram its 95th percentile. */
  readonly last: number | null;
  readonly point: MetricPoint;
}

/** A metric as it is drawn: counters as rates, gauges as they are, histograms by their 95th percentile. */
export interface MetricChart {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: MetricRow["kind"];
  /** Seconds since the epoch, as charts want them. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  /** Series that are not drawn. */
  readonly hidden: number;
}

interface Series {
  readonly values: (number | null)[];
  point: MetricPoint;
  total: number;
}

/** What the metrics of a process have been since the viewer began to look. */
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

  /** One chart a metric, by name. */
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

  /** Series that were not in the last reading have no value there. */
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

/** `desk · place · ask`: the values alone, since a chart's series differ in the same attributes. */
function labelOf({ attributes }: MetricPoint): string {
  const values = Object.values(attributes);
  return values.length === 0 ? "all" : values.join(" · ");
}
