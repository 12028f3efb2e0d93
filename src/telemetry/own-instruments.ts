import type { Attributes, UpDownCounter } from "@opentelemetry/api";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { Instrument, MESSAGE_BUCKETS_S } from "./catalogue.ts";
import type { HistogramPoint } from "./latency-histogram.ts";
import { globalExport } from "./metrics-export.ts";
import { PointBook } from "./point-book.ts";
import { ImbalanceLog } from "./points.ts";

/**
 * Reports a level through an up-down counter by adding only the change since the last report.
 *
 * The attributes are fixed at construction: an increment and its decrement that differ in one
 * attribute become two series that never return to zero. A level is never negative.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/general/metrics/ | Consistent UpDownCounter timeseries}
 */
export class DeltaGauge implements Disposable {
  readonly #counter: UpDownCounter;
  readonly #attributes: Attributes;
  #reported = 0;

  constructor(counter: UpDownCounter, attributes: Attributes = {}) {
    this.#counter = counter;
    this.#attributes = { ...attributes };
  }

  /** The level last reported. */
  get level(): number {
    return this.#reported;
  }

  /** @param level current level, in the counter's own unit; below zero counts as zero */
  set(level: number): void {
    const clamped = Math.max(0, level);
    const delta = clamped - this.#reported;
    if (delta === 0) return;
    this.#reported = clamped;
    this.#counter.add(delta, this.#attributes);
  }

  /** Moves the level by `delta`. */
  add(delta: number): void {
    this.set(this.#reported + delta);
  }

  /** Takes the level back to zero, so that what ended leaves no residue. */
  [Symbol.dispose](): void {
    this.set(0);
  }
}

/** Options of {@link latencyHistogram}. */
export interface LatencyHistogramOptions {
  readonly description?: string;
  /** Ascending upper bounds in seconds; default 10 µs to 10 s. */
  readonly boundaries?: readonly number[];
  /** Fixed attributes of the series; values must come from a bounded set. */
  readonly attributes?: Attributes;
}

const applicationBook = new PointBook(new ImbalanceLog(() => {}), globalExport);

const METRIC_NAME = /^[A-Za-z][\w./-]{0,254}$/;

/**
 * Creates, or finds, a duration series of your own that costs about 15 ns a value and goes out with
 * limelight's: `latencyHistogram("checkout.duration").record(0.2)`. Values are in seconds.
 *
 * @throws {@link UsageError} `ERR_INVALID_NAME` when OpenTelemetry would refuse the name
 */
export function latencyHistogram(
  name: string,
  options: LatencyHistogramOptions = {},
): HistogramPoint {
  if (!METRIC_NAME.test(name)) {
    throw new UsageError(
      `metric name ${JSON.stringify(name).slice(0, 70)} is not one of OpenTelemetry`,
      {
        code: ErrorCode.InvalidName,
      },
    );
  }
  const { description = "", boundaries = MESSAGE_BUCKETS_S, attributes = {} } = options;
  globalExport.attach(applicationBook);
  return applicationBook.histogram(
    {
      name,
      instrument: Instrument.Histogram,
      unit: "s",
      description,
      attributes: Object.keys(attributes),
      buckets: boundaries,
    },
    { ...attributes },
  );
}
