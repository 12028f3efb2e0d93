/**
 * Kind of OpenTelemetry instrument that reports a metric.
 *
 * @enum
 */
export const Instrument = {
  Counter: "counter",
  UpDownCounter: "updowncounter",
  Gauge: "gauge",
  Histogram: "histogram",
} as const;
export type Instrument = (typeof Instrument)[keyof typeof Instrument];

/** One row of the catalogue. */
export interface Metric {
  /** OpenTelemetry's name, such as `actor.started`. */
  readonly name: string;
  /** Kind of instrument. */
  readonly instrument: Instrument;
  /** UCUM, as OpenTelemetry requires: `s`, `By`, `{message}`. */
  readonly unit: string;
  /** What the metric says, as in docs/telemetry.md. */
  readonly description: string;
  /** Keys of the attributes of its points. Ids are never among them. */
  readonly attributes: readonly string[];
  /** Upper bounds of a histogram's buckets, in the metric's unit. */
  readonly buckets?: readonly number[];
}

/** Buckets for one message in one process: 10 µs to 10 s. */
export const MESSAGE_BUCKETS_S: readonly number[] = [
  0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10,
];
/** Buckets for the size of one stored actor, or of one body: 64 B to 16 MiB. */
export const SIZE_BUCKETS_BYTES: readonly number[] = [
  64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 524_288, 1_048_576, 4_194_304, 16_777_216,
];
