import type { Attributes } from "@opentelemetry/api";
import { MESSAGE_BUCKETS_S, type Metric } from "./catalogue.ts";

/** What a histogram held when it was read. */
export interface HistogramReading {
  readonly boundaries: readonly number[];
  /** One count per bucket; the last is for values above the last boundary. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/** Explicit-bucket histogram of durations in seconds: an add is a few comparisons, about 15 ns. */
export class LatencyHistogram {
  readonly #boundaries: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** @param boundaries ascending upper bounds, inclusive, in seconds */
  constructor(boundaries: readonly number[] = MESSAGE_BUCKETS_S) {
    this.#boundaries = boundaries;
    this.#counts = new Array<number>(boundaries.length + 1).fill(0);
  }

  /** Values added so far, each with its weight. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds one duration.
   *
   * @param weight how many equal durations it stands for
   */
  record(seconds: number, weight = 1): void {
    const boundaries = this.#boundaries;
    let bucket = 0;
    while (bucket < boundaries.length && seconds > (boundaries[bucket] as number)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + weight;
    this.#sum += seconds * weight;
    this.#count += weight;
    if (seconds < this.#min) this.#min = seconds;
    if (seconds > this.#max) this.#max = seconds;
  }

  /**
   * Adds all that `other` holds. With other boundaries, which two copies of a package may give one name,
   * each of its buckets goes where its upper bound belongs.
   */
  absorb(other: HistogramReading): void {
    if (other.count === 0) return; // its `min` is no minimum
    other.counts.forEach((count, at) => {
      const bucket = this.#bucketOf(other.boundaries[at] ?? Number.POSITIVE_INFINITY);
      this.#counts[bucket] = (this.#counts[bucket] as number) + count;
    });
    this.#sum += other.sum;
    this.#count += other.count;
    this.#min = Math.min(this.#min, other.min);
    this.#max = Math.max(this.#max, other.max);
  }

  #bucketOf(seconds: number): number {
    const at = this.#boundaries.findIndex((boundary) => seconds <= boundary);
    return at < 0 ? this.#boundaries.length : at;
  }

  read(): HistogramReading {
    return {
      boundaries: this.#boundaries,
      counts: [...this.#counts],
      sum: this.#sum,
      count: this.#count,
      min: this.#count === 0 ? 0 : this.#min,
      max: this.#max,
    };
  }
}

/** Passes single durations on to the SDK while no metric producer carries whole histograms to it. */
export interface HistogramSink {
  /** False when whole histograms go out through a metric producer. */
  readonly wantsRecords: boolean;
  record(metric: Metric, seconds: number, attributes: Attributes): void;
}

/** One series of a duration metric. */
export class HistogramPoint {
  readonly metric: Metric;
  readonly attributes: Attributes;
  readonly key: string;
  readonly histogram: LatencyHistogram;
  readonly #sink: HistogramSink;

  constructor(metric: Metric, attributes: Attributes, sink: HistogramSink) {
    this.metric = metric;
    this.attributes = attributes;
    this.key = `${metric.name}|${JSON.stringify(attributes)}`;
    this.histogram = new LatencyHistogram(metric.buckets);
    this.#sink = sink;
  }

  /** Adds one duration; what is negative or no number is dropped, as an SDK's histogram does. */
  record(seconds: number, weight = 1): void {
    if (!(seconds >= 0)) return;
    this.histogram.record(seconds, weight);
    if (this.#sink.wantsRecords) this.#sink.record(this.metric, seconds, this.attributes);
  }
}
