import type { Attributes } from "@opentelemetry/api";
import { Attribute, Outcome, type StatementClass } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { LevelPoint } from "../../telemetry/metrics/points.ts";
import type { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";

/** The SQL metrics of one actor type in one system. All actors of the type share them. */
export class StatementPoints {
  /** Workers that run a statement. */
  readonly active: LevelPoint;
  /** Statements that wait. */
  readonly depth: LevelPoint;
  readonly #book: PointBook;
  readonly #type: TypeMetrics;

  /** @param type the other metrics of the type, whose name and cap on error types these share */
  constructor(book: PointBook, type: TypeMetrics) {
    this.#book = book;
    this.#type = type;
    this.active = book.level(Catalogue.SqliteWorkerActive, type.attributes);
    this.depth = book.level(Catalogue.SqliteQueueDepth, type.attributes);
  }

  /**
   * Counts a statement that has ended.
   *
   * @param ranMs `undefined` for a statement that no worker has begun
   * @param thrown of a statement that failed, else `undefined`
   */
  ended(kind: StatementClass, ranMs: number | undefined, thrown: unknown): void {
    const failed = thrown !== undefined;
    const attributes = { ...this.#type.attributes, [Attribute.StatementClass]: kind };
    const outcome = failed ? Outcome.Error : Outcome.Ok;
    this.#book.counter(Catalogue.SqliteStatements, {
      ...attributes,
      [Attribute.Outcome]: outcome,
    }).value += 1;
    if (ranMs === undefined) return;
    const error: Attributes = failed ? { [Attribute.ErrorType]: this.#type.errorType(thrown) } : {};
    const series = { ...attributes, ...error };
    this.#book.histogram(Catalogue.SqliteDuration, series).record(ranMs / 1000);
  }
}
