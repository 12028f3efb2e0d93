import type { Attributes } from "@opentelemetry/api";
import type { Metric } from "../metric.ts";
import { HistogramPoint, type HistogramSink } from "./latency-histogram.ts";
import { CounterPoint, type ImbalanceLog, LevelPoint } from "./points.ts";
import { PairCap } from "./senders.ts";

/** Pairs of sending and receiving types in one system; the senders of further pairs are reported as `_OTHER`. */
const MAX_PAIRS = 1_000;

/** A value computed on reading, such as the depth of the fullest mailbox. */
export interface ComputedPoint {
  readonly metric: Metric;
  readonly attributes: Attributes;
  readonly key: string;
  readonly value: number;
}

/** All time series of one actor system. Only metrics of the catalogue are added; series are never removed. */
export class PointBook {
  readonly imbalances: ImbalanceLog;
  readonly pairs: PairCap = new PairCap(MAX_PAIRS);
  readonly #sink: HistogramSink;
  readonly #counters = new Map<string, CounterPoint>();
  readonly #levels = new Map<string, LevelPoint>();
  readonly #histograms = new Map<string, HistogramPoint>();
  readonly #beforeReading: (() => void)[] = [];
  readonly #beforeCounting: (() => void)[] = [];
  readonly #computations: (() => Iterable<ComputedPoint>)[] = [];

  constructor(imbalances: ImbalanceLog, sink: HistogramSink) {
    this.imbalances = imbalances;
    this.#sink = sink;
  }

  /** Returns the counter of this metric with these attributes, created at zero on first use. */
  counter(metric: Metric, attributes: Attributes): CounterPoint {
    const created = new CounterPoint({ metric, attributes });
    const point = this.#counters.get(created.key) ?? created;
    this.#counters.set(point.key, point);
    return point;
  }

  /** Returns the level of this metric with these attributes, created at zero on first use. */
  level(metric: Metric, attributes: Attributes): LevelPoint {
    const created = new LevelPoint({ metric, attributes }, this.imbalances);
    const point = this.#levels.get(created.key) ?? created;
    this.#levels.set(point.key, point);
    return point;
  }

  /** Returns the histogram of this metric with these attributes, created empty on first use. */
  histogram(metric: Metric, attributes: Attributes): HistogramPoint {
    const created = new HistogramPoint(metric, attributes, this.#sink);
    const point = this.#histograms.get(created.key) ?? created;
    this.#histograms.set(point.key, point);
    return point;
  }

  /** Registers work to do before each reading, such as adding deferred counts. */
  beforeReading(settle: () => void): void {
    this.#beforeReading.push(settle);
  }

  /** Registers work to do before each reading of counters and levels. */
  beforeCounting(settle: () => void): void {
    this.#beforeCounting.push(settle);
  }

  /** Registers values that are computed on reading. */
  compute(computation: () => Iterable<ComputedPoint>): void {
    this.#computations.push(computation);
  }

  /** Yields the current counters and levels, without computed values. */
  *recorded(): Generator<CounterPoint | LevelPoint> {
    for (const settle of this.#beforeCounting) settle();
    yield* this.#counters.values();
    yield* this.#levels.values();
  }

  /** Yields the current counters, levels and computed values. */
  *readNumbers(): Generator<ComputedPoint> {
    yield* this.recorded();
    for (const computation of this.#computations) yield* computation();
  }

  /** Returns the current histograms. */
  readHistograms(): Iterable<HistogramPoint> {
    for (const settle of this.#beforeReading) settle();
    return this.#histograms.values();
  }

  /** Returns the sum of a counter or level over all its series. */
  total(metric: Metric): number {
    for (const settle of this.#beforeCounting) settle();
    let sum = 0;
    for (const points of [this.#counters, this.#levels]) {
      for (const point of points.values()) if (point.metric === metric) sum += point.value;
    }
    return sum;
  }

  /** Returns the levels that are not zero, for checking the books. */
  nonZeroLevels(): ComputedPoint[] {
    return [...this.#levels.values()].filter((point) => point.value !== 0);
  }
}
