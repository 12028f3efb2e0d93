import type { Attributes } from "@opentelemetry/api";
import type { Metric } from "./catalogue.ts";

/**
 * A point is one time series of a metric as the runtime keeps it: plain numbers that hot code adds to,
 * read by OpenTelemetry only when somebody collects. An SDK instrument would cost 350–900 ns a call.
 */
interface PointIdentity {
  readonly metric: Metric;
  readonly attributes: Attributes;
}

/** Equal for points of the same series, also across systems of one process. */
function seriesKey({ metric, attributes }: PointIdentity): string {
  return `${metric.name}|${JSON.stringify(attributes)}`;
}

/** A total that only grows. */
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

/** Counts ends that had no beginning; shared by all gauges of a system. */
export class ImbalanceLog {
  #total = 0;
  readonly #report: (metric: string) => void;

  /** @param report told the metric's name, each time; it thins out its own output */
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
 * The level all actors of a type add up to. Actors move it by their own deltas and take their share
 * back when they end; it is clamped at zero, and what had to be clamped is counted.
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

  /** Moves the level by `delta`; what would make it negative is dropped and counted. */
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
