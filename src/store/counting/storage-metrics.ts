import type { Attributes } from "@opentelemetry/api";
import {
  Attribute,
  PreloadResult,
  type StorageOperation,
  StoragePhase,
} from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { HistogramPoint } from "../../telemetry/metrics/latency-histogram.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import type { CounterPoint } from "../../telemetry/metrics/points.ts";
import type { TypeMetrics } from "../../telemetry/metrics/type-metrics.ts";

/** The series of one phase. */
class PhaseSeries {
  readonly #book: PointBook;
  readonly #attributes: Attributes;
  readonly #roundTrips: CounterPoint;
  readonly #operations = new Map<StorageOperation, CounterPoint>();
  readonly #durations = new Map<StorageOperation, HistogramPoint>();

  constructor(book: PointBook, attributes: Attributes) {
    this.#book = book;
    this.#attributes = attributes;
    this.#roundTrips = book.counter(Catalogue.StorageRoundTrips, attributes);
  }

  roundTrip(): void {
    this.#roundTrips.value += 1;
  }

  operations(operation: StorageOperation, count: number): void {
    let point = this.#operations.get(operation);
    if (point === undefined) {
      point = this.#book.counter(Catalogue.StorageOperations, this.#with(operation));
      this.#operations.set(operation, point);
    }
    point.value += count;
  }

  succeeded(operation: StorageOperation, seconds: number): void {
    let point = this.#durations.get(operation);
    if (point === undefined) {
      point = this.#book.histogram(Catalogue.StorageDuration, this.#with(operation));
      this.#durations.set(operation, point);
    }
    point.record(seconds);
  }

  failed(operation: StorageOperation, seconds: number, error: string): void {
    const attributes = { ...this.#with(operation), [Attribute.ErrorType]: error };
    this.#book.histogram(Catalogue.StorageDuration, attributes).record(seconds);
  }

  #with(operation: StorageOperation): Attributes {
    return { ...this.#attributes, [Attribute.StorageOperation]: operation };
  }
}

/** The storage metrics of one actor type in one system. All actors of the type share them. */
export class StorageMetrics {
  readonly #phases: Readonly<Record<StoragePhase, PhaseSeries>>;
  readonly #lookups: Readonly<Record<PreloadResult, CounterPoint>>;
  readonly #type: TypeMetrics;

  /** @param type the other metrics of the type, whose name and cap on error types these share */
  constructor(book: PointBook, type: TypeMetrics) {
    this.#type = type;
    const { attributes } = type;
    const phase = (name: StoragePhase): PhaseSeries =>
      new PhaseSeries(book, { ...attributes, [Attribute.StoragePhase]: name });
    const lookups = (result: PreloadResult): CounterPoint =>
      book.counter(Catalogue.PreloadLookups, { ...attributes, [Attribute.PreloadResult]: result });
    this.#phases = { starting: phase(StoragePhase.Starting), ready: phase(StoragePhase.Ready) };
    this.#lookups = {
      found: lookups(PreloadResult.Found),
      absent: lookups(PreloadResult.Absent),
      not_preloaded: lookups(PreloadResult.NotPreloaded),
    };
  }

  /** Counts a call to the store when it is made. */
  roundTrip(phase: StoragePhase): void {
    this.#phases[phase].roundTrip();
  }

  /** Counts the keys or prefixes that a call reads or writes. */
  operations(phase: StoragePhase, operation: StorageOperation, count: number): void {
    this.#phases[phase].operations(operation, count);
  }

  /** Records the time of a call that has ended. */
  ended(phase: StoragePhase, operation: StorageOperation, durationMs: number): void {
    this.#phases[phase].succeeded(operation, durationMs / 1000);
  }

  /** Records the time of a call that has thrown. */
  failed(
    phase: StoragePhase,
    operation: StorageOperation,
    durationMs: number,
    thrown: unknown,
  ): void {
    this.#phases[phase].failed(operation, durationMs / 1000, this.#type.errorType(thrown));
  }

  /** Counts a read that the entries read ahead were asked for. */
  lookup(result: PreloadResult): void {
    this.#lookups[result].value += 1;
  }
}
