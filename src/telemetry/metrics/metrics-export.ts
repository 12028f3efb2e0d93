import type {
  Attributes,
  BatchObservableResult,
  Histogram,
  Meter,
  MeterProvider,
  Observable,
} from "@opentelemetry/api";
import { clearRepeatingTimer, setRepeatingTimer } from "../../base/node-timers.ts";
import { Catalogue, SCHEMA_URL, SCOPE_NAME } from "../catalogue.ts";
import { refreshApiGlobals, registeredMeterProvider } from "../context/api-globals.ts";
import { runClean } from "../context/frames.ts";
import { Instrument, type Metric } from "../metric.ts";
import { VERSION } from "../version.ts";
import {
  type HistogramPoint,
  type HistogramReading,
  LatencyHistogram,
} from "./latency-histogram.ts";
import type { PointBook } from "./point-book.ts";
import { SeriesCap, type SeriesTotal } from "./series-cap.ts";

/** One series of a histogram metric, summed over the systems of this process. */
export interface MergedHistogram {
  /** Equal for the same series at every reading. */
  readonly key: string;
  readonly metric: Metric;
  readonly attributes: Attributes;
  readonly reading: HistogramReading;
}

const WATCH_MS = 1_000;

/**
 * Exports the points of all systems of a process to OpenTelemetry.
 *
 * Counters and levels are exported through observable instruments, read at collection time. Histograms are
 * exported whole through a metric producer if one is attached, else value by value through the SDK's own.
 */
export class MetricsExport {
  readonly #books = new Set<PointBook>();
  /** Counts of systems that were retired: totals of a process never decrease. */
  readonly #retired = new Map<string, SeriesTotal>();
  readonly #retiredHistograms = new Map<string, MergedHistogram>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #explicitProvider: MeterProvider | undefined;
  readonly #cap = new SeriesCap();
  #boundTo: unknown;
  #meter: Meter | undefined;
  #producers = 0;
  #watch: NodeJS.Timeout | undefined;

  /** @param provider creates the instruments; default: the provider registered with the API */
  constructor(provider?: MeterProvider) {
    this.#explicitProvider = provider;
  }

  /** Whether single durations must go through the SDK's histograms. */
  get wantsRecords(): boolean {
    return this.#producers === 0 && this.#meter !== undefined;
  }

  /** Starts to export a system's points. */
  attach(book: PointBook): void {
    this.#books.add(book);
    this.bind();
    // An SDK that starts after the last spawn is detected within a second.
    this.#watch ??= runClean(() => setRepeatingTimer(() => this.bind(), WATCH_MS).unref());
  }

  /** Keeps the totals of a system that has ended, and drops its points. */
  retire(book: PointBook): void {
    if (!this.#books.delete(book)) return;
    if (this.#books.size === 0) {
      clearRepeatingTimer(this.#watch);
      this.#watch = undefined;
    }
    for (const point of book.readNumbers()) {
      const { metric, attributes, key } = point;
      const counts = metric.instrument === Instrument.Counter;
      const before = this.#retired.get(key)?.value ?? 0;
      this.#retired.set(key, { metric, attributes, value: counts ? before + point.value : before });
    }
    for (const point of book.readHistograms()) {
      this.#retiredHistograms.set(point.key, merge(this.#retiredHistograms.get(point.key), point));
    }
  }

  /** Switches to whole histograms, read by a producer, so that single values need not be recorded. */
  attachProducer(): void {
    this.#producers += 1;
  }

  /**
   * Creates the instruments on the current meter provider.
   *
   * An instrument created before an SDK starts remains a no-op, so this is called again whenever an SDK may
   * have started.
   */
  bind(): void {
    refreshApiGlobals();
    const provider = this.#explicitProvider ?? registeredMeterProvider();
    if (provider === undefined || provider === this.#boundTo) return;
    this.#boundTo = provider;
    this.#histograms.clear();
    const meter = provider.getMeter(SCOPE_NAME, VERSION, {
      schemaUrl: SCHEMA_URL,
    });
    this.#meter = meter;
    const observables = new Map<string, Observable>();
    for (const metric of Object.values(Catalogue)) {
      const instrument = createObservable(meter, metric);
      if (instrument !== undefined) observables.set(metric.name, instrument);
    }
    meter.addBatchObservableCallback(
      (result) => {
        if (this.#boundTo === provider) this.#observe(result, observables);
      },
      [...observables.values()],
    );
  }

  record(metric: Metric, seconds: number, attributes: Attributes): void {
    let histogram = this.#histograms.get(metric.name);
    if (histogram === undefined) {
      if (this.#meter === undefined) return;
      histogram = this.#meter.createHistogram(metric.name, {
        unit: metric.unit,
        description: metric.description,
        advice: { explicitBucketBoundaries: [...(metric.buckets ?? [])] },
      });
      this.#histograms.set(metric.name, histogram);
    }
    histogram.record(seconds, attributes);
  }

  /** Returns all histogram series of the process, for a metric producer. */
  readHistograms(): MergedHistogram[] {
    const merged = new Map(this.#retiredHistograms);
    for (const book of this.#books) {
      for (const point of book.readHistograms()) {
        merged.set(point.key, merge(merged.get(point.key), point));
      }
    }
    return [...merged.values()];
  }

  #observe(result: BatchObservableResult, observables: Map<string, Observable>): void {
    const series = this.#cap.fold(this.#totals());
    const { overflows } = this.#cap;
    for (const { metric, attributes, value } of series) {
      const { name } = metric;
      const total = name === Catalogue.Overflow.name ? value + overflows : value;
      const instrument = observables.get(name);
      if (instrument !== undefined) result.observe(instrument, total, attributes);
    }
  }

  #totals(): Map<string, SeriesTotal> {
    const totals = new Map<string, SeriesTotal>();
    for (const [key, point] of this.#retired) totals.set(key, { ...point });
    for (const book of this.#books) {
      for (const { key, metric, attributes, value } of book.readNumbers()) {
        const total = totals.get(key);
        if (total === undefined) totals.set(key, { metric, attributes, value });
        else if (metric.instrument === Instrument.Gauge) total.value = Math.max(total.value, value);
        else total.value += value;
      }
    }
    return totals;
  }
}

function createObservable(meter: Meter, metric: Metric): Observable | undefined {
  const { name, unit, description } = metric;
  switch (metric.instrument) {
    case Instrument.Counter:
      return meter.createObservableCounter(name, { unit, description });
    case Instrument.UpDownCounter:
      return meter.createObservableUpDownCounter(name, { unit, description });
    case Instrument.Gauge:
      return meter.createObservableGauge(name, { unit, description });
    case Instrument.Histogram:
      return undefined;
  }
}

/** Merges `before` and `point` into one series. `before` is not changed. */
function merge(before: MergedHistogram | undefined, point: HistogramPoint): MergedHistogram {
  const { key, metric, attributes, histogram } = point;
  if (before === undefined) return { key, metric, attributes, reading: histogram.read() };
  const sum = new LatencyHistogram(before.reading.boundaries);
  sum.absorb(before.reading);
  sum.absorb(histogram.read());
  return { key, metric, attributes, reading: sum.read() };
}

interface SharedExports {
  readonly global: MetricsExport;
  readonly byProvider: WeakMap<MeterProvider, MetricsExport>;
}

/**
 * A registered symbol: all copies of limelight in a process share one export, because each would otherwise
 * overwrite what the others observe. The number in it changes with the parts of a book that an export reads.
 */
const KEY = Symbol.for("limelight.metrics.1");
const shared = globalThis as { [KEY]?: SharedExports };
shared[KEY] ??= { global: new MetricsExport(), byProvider: new WeakMap() };
const { global, byProvider: exports } = shared[KEY];

/** Exports to the globally registered meter provider. */
export const globalExport: MetricsExport = global;

/** Returns the export to `provider`. Each provider has one. */
export function exportTo(provider: MeterProvider): MetricsExport {
  const found = exports.get(provider) ?? new MetricsExport(provider);
  exports.set(provider, found);
  return found;
}
