import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { HistogramPoint } from "../../telemetry/metrics/latency-histogram.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { CounterPoint } from "../../telemetry/metrics/points.ts";

const MS_PER_SECOND = 1_000;

/** The metrics of events on their way to clients. */
export class EventPoints {
  readonly #book: PointBook;
  readonly #types = new Map<string, TypeEventPoints>();

  constructor(book: PointBook) {
    this.#book = book;
  }

  /** @param type an exposed type */
  of(type: string): TypeEventPoints {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const points = new TypeEventPoints(this.#book, type);
    this.#types.set(type, points);
    return points;
  }
}

/** The metrics of the events of one actor type. */
export class TypeEventPoints {
  readonly #book: PointBook;
  readonly #type: string;
  readonly #delivered: CounterPoint;
  readonly #dropped: CounterPoint;
  readonly #fanOut: HistogramPoint;
  readonly #resyncs = new Map<string, CounterPoint>();

  constructor(book: PointBook, type: string) {
    const attributes = { [Attribute.ActorType]: type };
    this.#book = book;
    this.#type = type;
    this.#delivered = book.counter(Catalogue.EventDelivered, attributes);
    this.#dropped = book.counter(Catalogue.EventDropped, attributes);
    this.#fanOut = book.histogram(Catalogue.EventFanOut, attributes);
  }

  delivered(count: number): void {
    this.#delivered.value += count;
  }

  dropped(count: number): void {
    this.#dropped.value += count;
  }

  fannedOut(durationMs: number): void {
    this.#fanOut.record(durationMs / MS_PER_SECOND);
  }

  /** @param reason one of a closed set */
  resynced(reason: string): void {
    let point = this.#resyncs.get(reason);
    if (point === undefined) {
      const { ActorType, ResyncReason } = Attribute;
      const attributes = { [ActorType]: this.#type, [ResyncReason]: reason };
      point = this.#book.counter(Catalogue.Resyncs, attributes);
      this.#resyncs.set(reason, point);
    }
    point.value += 1;
  }
}
