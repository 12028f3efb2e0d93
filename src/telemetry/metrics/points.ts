import type { Attributes } from "@opentelemetry/api";
import type { Metric } from "../metric.ts";

/**
 * A point is one time series of a metric as the runtime stores it: plain numbers that hot code updates and
 * OpenTelemetry reads at collection time only. An SDK instrument would cost 350–900 ns per call.
 */
interface PointIdentity {
  readonly metric: Metric;
  readonly attributes: Attributes;
}

/** Returns a key that is equal for points of the same series, also across the systems of one process. */
function seriesKey({ metric, attributes }: PointIdentity): string {
  return `${metric.name}|${JSON.stringify(attributes)}`;
}

/** A total that only increases. */
export class CounterPoint {
  readonly metric: Metric;
  readonly attributes: Attributes;
  readonly key: string;
  value = 0;

  constructor(identity: PointIdentity) {
    this.metric = identity.metric;
    this.attributes = identity.attributes;
    this.key = seriesKey(identity);
  }
}

/** Counts decrements without a matching increment. Shared by all gauges of a system. */
export class ImbalanceLog {
  #total = 0;
  readonly #report: (metric: string) => void;

  /** @param report called with the metric's name each time; it limits the rate of its own output */
  constructor(report: (metric: string) => void) {
    this.#report = report;
  }

  get total(): number {
    return this.#total;
  }

  record(metric: string): void {
    this.#total += 1;
    this.#report(metric);
  }
}

/**
 * The level that all actors of a type sum to.
 *
 * Actors change it by their own deltas and take back their share when they end. It is clamped at zero, and
 * each clamping is counted.
 */
export class LevelPoint {
  readonly metric: Metric;
  readonly attributes: Attributes;
  readonly key: string;
  readonly #imbalances: ImbalanceLog;
  value = 0;

  constructor(identity: PointIdentity, imbalances: ImbalanceLog) {
    this.metric = identity.metric;
    this.attributes = identity.attributes;
    this.key = seriesKey(identity);
    this.#imbalances = imbalances;
  }

  /**
   * Changes the level by `delta`. The part that would make it negative is dropped, and the drop is counted.
   */
  add(delta: number): void {
    const moved = this.value + delta;
    if (moved < 0) {
      this.value = 0;
      this.#imbalances.record(this.metric.name);
      return;
    }
    this.value = moved;
  }
}
