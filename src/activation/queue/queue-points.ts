import { Catalogue } from "../../telemetry/catalogue.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { CounterPoint, LevelPoint } from "../../telemetry/metrics/points.ts";
import type { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";

/** The metrics of the queues of one actor type in one system. */
export class QueuePoints {
  /** Messages of the actors awake now. */
  readonly depth: LevelPoint;
  readonly sent: CounterPoint;
  readonly received: CounterPoint;
  readonly setAside: CounterPoint;
  readonly #type: TypeMetrics;

  constructor(book: PointBook, type: TypeMetrics) {
    const { attributes } = type;
    this.#type = type;
    this.depth = book.level(Catalogue.QueueDepth, attributes);
    this.sent = book.counter(Catalogue.QueueSent, attributes);
    this.received = book.counter(Catalogue.QueueReceived, attributes);
    this.setAside = book.counter(Catalogue.QueueSetAside, attributes);
  }

  /** Returns the capped `error.type` of `error`. */
  errorType(error: unknown): string {
    return this.#type.errorType(error);
  }
}
