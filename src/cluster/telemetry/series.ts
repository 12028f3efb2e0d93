import type { Attributes } from "@opentelemetry/api";
import type { Metric } from "../../telemetry/metric.ts";
import type { HistogramPoint } from "../../telemetry/metrics/latency-histogram.ts";
import type { ComputedPoint, PointBook } from "../../telemetry/metrics/point-book.ts";
import type { CounterPoint, LevelPoint } from "../../telemetry/metrics/points.ts";

const MS_PER_SECOND = 1_000;

/** The series of one metric that differ in some attributes. Each is created on first use. */
class Family<Point> {
  readonly #points = new Map<string, Point>();
  readonly #create: (attributes: Attributes) => Point;

  constructor(create: (attributes: Attributes) => Point) {
    this.#create = create;
  }

  get(attributes: Attributes): Point {
    const key = Object.values(attributes).join(" ");
    let point = this.#points.get(key);
    if (point === undefined) {
      point = this.#create(attributes);
      this.#points.set(key, point);
    }
    return point;
  }

  all(): Iterable<Point> {
    return this.#points.values();
  }
}

/** A counter whose series differ in closed sets. */
export class Counts {
  readonly #family: Family<CounterPoint>;

  constructor(book: PointBook, metric: Metric) {
    this.#family = new Family((attributes) => book.counter(metric, attributes));
  }

  add(attributes: Attributes, count = 1): void {
    this.of(attributes).value += count;
  }

  /** Returns one series, for those that count often. */
  of(attributes: Attributes): CounterPoint {
    return this.#family.get(attributes);
  }
}

/** A histogram of durations whose series differ in bounded sets. */
export class Durations {
  readonly #family: Family<HistogramPoint>;

  constructor(book: PointBook, metric: Metric) {
    this.#family = new Family((attributes) => book.histogram(metric, attributes));
  }

  record(attributes: Attributes, durationMs: number): void {
    recordMs(this.of(attributes), durationMs);
  }

  /** Returns one series, for those that record often. */
  of(attributes: Attributes): HistogramPoint {
    return this.#family.get(attributes);
  }
}

/** Durations below zero, as clocks of two machines may give, count as zero. */
export function recordMs(point: HistogramPoint, durationMs: number): void {
  point.record(Math.max(0, durationMs) / MS_PER_SECOND);
}

/** One share of an up-down counter: the level as it was last set. Only the difference is added. */
class Share {
  readonly #point: LevelPoint;
  #level = 0;

  constructor(point: LevelPoint) {
    this.#point = point;
  }

  set(level: number): void {
    const delta = level - this.#level;
    if (delta === 0) return;
    this.#level = level;
    this.#point.add(delta);
  }
}

/** An up-down counter whose series differ in closed sets, as levels that are set. */
export class Levels {
  readonly #family: Family<Share>;

  constructor(book: PointBook, metric: Metric) {
    this.#family = new Family((attributes) => new Share(book.level(metric, attributes)));
  }

  set(attributes: Attributes, level: number): void {
    this.#family.get(attributes).set(level);
  }

  /** Takes all levels back to zero. */
  clear(): void {
    for (const share of this.#family.all()) share.set(0);
  }
}

/** Adds a gauge that is read on collection. It has no point while `read` returns `undefined`. */
export function computeGauge(
  book: PointBook,
  metric: Metric,
  attributes: Attributes,
  read: () => number | undefined,
): void {
  const key = `${metric.name}|${JSON.stringify(attributes)}`;
  book.compute((): readonly ComputedPoint[] => {
    const value = read();
    return value === undefined ? [] : [{ metric, attributes, key, value }];
  });
}
