import type { Attributes, UpDownCounter } from "@opentelemetry/api";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { optionKeys, requireKnownKeys } from "../../base/options.ts";
import { Instrument, MESSAGE_BUCKETS_S, type Metric } from "../metric.ts";
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
 * @example
 * ```ts
 * import { metrics } from "@opentelemetry/api";
 *
 * const counter = metrics.getMeter("shop").createUpDownCounter("shop.carts", { unit: "{cart}" });
 * const carts = new DeltaGauge(counter, { "shop.region": "eu" });
 * carts.set(3); // adds 3 to the counter
 * carts.add(-1);
 * carts.level; // 2
 * carts[Symbol.dispose](); // takes the counter back to 0
 * ```
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

  /**
   * @param level current level, in the counter's own unit; negative counts as zero, and a non-finite value
   *   is ignored
   */
  set(level: number): void {
    if (!Number.isFinite(level)) return;
    const clamped = Math.max(0, level);
    const delta = clamped - this.#reported;
    if (delta === 0) return;
    this.#reported = clamped;
    this.#counter.add(delta, this.#attributes);
  }

  /** Changes the level by `delta`. */
  add(delta: number): void {
    this.set(this.#reported + delta);
  }

  /** Takes the level back to zero, so that a stopped component leaves no residue. */
  [Symbol.dispose](): void {
    this.set(0);
  }
}

/** Options of {@link latencyHistogram}. */
export interface LatencyHistogramOptions {
  /** Description of the metric. Default: empty. */
  readonly description?: string;
  /** Ascending upper bounds in seconds. Default: 10 µs to 10 s. */
  readonly boundaries?: readonly number[];
  /** Fixed attributes of the series; values must come from a bounded set. Default: none. */
  readonly attributes?: Attributes;
}

const HISTOGRAM_OPTIONS = optionKeys<LatencyHistogramOptions>({
  description: true,
  boundaries: true,
  attributes: true,
});

const applicationBook = new PointBook(new ImbalanceLog(() => {}), globalExport);
/** One definition per name: all series of a metric have the same buckets. */
const definitions = new Map<string, Metric>();

const METRIC_NAME = /^[A-Za-z][\w./-]{0,254}$/;

/** Returns the metric called `name`, as defined by its first use. */
function define(name: string, options: LatencyHistogramOptions): Metric {
  const found = definitions.get(name);
  if (found !== undefined) return found;
  const { description = "", boundaries = MESSAGE_BUCKETS_S, attributes = {} } = options;
  const metric = {
    name,
    instrument: Instrument.Histogram,
    unit: "s",
    description,
    attributes: Object.keys(attributes),
    buckets: boundaries,
  };
  definitions.set(name, metric);
  return metric;
}

function requireMetricName(name: string): void {
  if (METRIC_NAME.test(name)) return;
  throw new UsageError(
    `metric name ${JSON.stringify(name).slice(0, 70)} is not one of OpenTelemetry`,
    { code: ErrorCode.InvalidName },
  );
}

function requireAscending(boundaries: readonly number[]): void {
  if (boundaries.every((bound, at) => bound > (boundaries[at - 1] ?? -Infinity))) return;
  throw new UsageError(`\`boundaries\` must ascend, not ${boundaries.join(", ")}`, {
    code: ErrorCode.InvalidOption,
  });
}

/**
 * Returns the duration series with this name and these attributes, created on first use:
 * `latencyHistogram("checkout.duration").record(0.2)`.
 *
 * Recording costs about 15 ns, and the series is exported together with limelight's own. Values are in
 * seconds. Description and boundaries are those of the first use of the name.
 *
 * @throws UsageError `ERR_INVALID_NAME` when OpenTelemetry would reject the name,
 *   `ERR_INVALID_OPTION` when the boundaries do not ascend
 * @example
 * ```ts
 * const duration = latencyHistogram("checkout.duration", {
 *   description: "Time of a checkout.",
 *   attributes: { "shop.payment": "card" },
 * });
 * duration.record(0.2); // seconds
 * ```
 */
export function latencyHistogram(
  name: string,
  options: LatencyHistogramOptions = {},
): HistogramPoint {
  requireMetricName(name);
  requireKnownKeys(`histogram ${name}`, options, HISTOGRAM_OPTIONS);
  requireAscending(options.boundaries ?? []);
  globalExport.attach(applicationBook);
  return applicationBook.histogram(define(name, options), { ...options.attributes });
}
