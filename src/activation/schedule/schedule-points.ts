import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { HistogramPoint } from "../../telemetry/metrics/latency-histogram.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { LevelPoint } from "../../telemetry/metrics/points.ts";
import type { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";
import type { ScheduleOutcome } from "../definition/schedule-types.ts";

/** The metrics of the schedules of one actor type in one system. */
export class SchedulePoints {
  /** Schedules of the actors awake now. */
  readonly active: LevelPoint;
  readonly #book: PointBook;
  readonly #type: TypeMetrics;
  readonly #lateness: HistogramPoint;

  constructor(book: PointBook, type: TypeMetrics) {
    this.#book = book;
    this.#type = type;
    this.active = book.level(Catalogue.ScheduleActive, type.attributes);
    this.#lateness = book.histogram(Catalogue.ScheduleLateness, type.attributes);
  }

  /** Records a handler that begins `latenessMs` after its schedule was due. */
  began(latenessMs: number): void {
    this.#lateness.record(Math.max(0, latenessMs) / 1000);
  }

  /** Counts a run that has ended, or that does not take place. */
  ended(outcome: ScheduleOutcome): void {
    const attributes = { ...this.#type.attributes, [Attribute.ScheduleOutcome]: outcome };
    this.#book.counter(Catalogue.ScheduleRuns, attributes).value += 1;
  }

  /** Returns the capped `error.type` of `error`. */
  errorType(error: unknown): string {
    return this.#type.errorType(error);
  }
}
