import type { Attributes } from "@opentelemetry/api";
import {
  Attribute,
  Outcome,
  SaveOutcome,
  type StartupOwner,
  type StartupPhase,
  type StopReason,
} from "../attributes.ts";
import { Catalogue } from "../catalogue.ts";
import type { HandoverOutcome } from "../handover-outcome.ts";
import type { HistogramPoint } from "./latency-histogram.ts";
import type { PointBook } from "./point-book.ts";
import type { CounterPoint, LevelPoint } from "./points.ts";

/** One step of a start, as its point describes it. */
export interface StartupStep {
  readonly phase: StartupPhase;
  readonly owner: StartupOwner;
  /** Whether the actor did not exist before. */
  readonly isNew: boolean;
  readonly outcome: Outcome;
}

/** The metrics that only keyed actors have, for one type in one system. All actors of the type share them. */
export class ActivationMetrics {
  /** Open connections. */
  readonly connectionActive: LevelPoint;
  /** HTTP requests being answered. */
  readonly httpRequestActive: LevelPoint;
  readonly #book: PointBook;
  readonly #attributes: Attributes;
  readonly #stateSize: HistogramPoint;
  readonly #saves: Readonly<Record<SaveOutcome, HistogramPoint>>;
  readonly #slowSaves: CounterPoint;
  /** By phase, owner, newness and outcome: a wake records several, so that their keys are not built again. */
  readonly #steps = new Map<string, HistogramPoint>();
  readonly #starts = new Map<string, HistogramPoint>();
  readonly #roundTrips: Readonly<Record<"new" | "existing", HistogramPoint>>;
  readonly #handovers = new Map<HandoverOutcome, CounterPoint>();
  readonly #shutdowns = new Map<StopReason, HistogramPoint>();

  /** @param attributes those of the type, see `TypeMetrics.attributes` */
  constructor(book: PointBook, attributes: Attributes) {
    this.#book = book;
    this.#attributes = attributes;
    this.connectionActive = book.level(Catalogue.ConnectionActive, attributes);
    this.httpRequestActive = book.level(Catalogue.HttpRequestActive, attributes);
    this.#stateSize = book.histogram(Catalogue.StateSize, attributes);
    const save = (outcome: SaveOutcome): HistogramPoint =>
      book.histogram(Catalogue.StateSaveDuration, {
        ...attributes,
        [Attribute.SaveOutcome]: outcome,
      });
    this.#saves = {
      ok: save(SaveOutcome.Ok),
      rejected: save(SaveOutcome.Rejected),
      unknown: save(SaveOutcome.Unknown),
    };
    this.#slowSaves = book.counter(Catalogue.StateSaveSlow, attributes);
    const trips = (isNew: boolean): HistogramPoint =>
      book.histogram(Catalogue.StartupRoundTrips, { ...attributes, [Attribute.IsNew]: isNew });
    this.#roundTrips = { new: trips(true), existing: trips(false) };
  }

  /**
   * Records a commit that has ended.
   *
   * @param stateBytes size of the state, if the commit contained it
   */
  saved(outcome: SaveOutcome, durationMs: number, stateBytes: number | undefined): void {
    this.#saves[outcome].record(durationMs / 1_000);
    if (outcome === SaveOutcome.Ok && stateBytes !== undefined) this.#stateSize.record(stateBytes);
  }

  /** Counts a commit that has not been answered for long. */
  saveIsSlow(): void {
    this.#slowSaves.value += 1;
  }

  /** Counts what has become of memory that is handed over. */
  handedOver(outcome: HandoverOutcome): void {
    let point = this.#handovers.get(outcome);
    if (point === undefined) {
      point = this.#book.counter(Catalogue.Handovers, {
        ...this.#attributes,
        [Attribute.HandoverOutcome]: outcome,
      });
      this.#handovers.set(outcome, point);
    }
    point.value += 1;
  }

  /** Records one step of a start. */
  step({ phase, owner, isNew, outcome }: StartupStep, durationMs: number): void {
    const key = `${phase} ${owner} ${isNew} ${outcome}`;
    let point = this.#steps.get(key);
    if (point === undefined) {
      point = this.#book.histogram(Catalogue.StartupPhaseDuration, {
        ...this.#attributes,
        [Attribute.StartupPhase]: phase,
        [Attribute.StartupOwner]: owner,
        [Attribute.IsNew]: isNew,
        [Attribute.Outcome]: outcome,
      });
      this.#steps.set(key, point);
    }
    point.record(durationMs / 1_000);
  }

  /**
   * Records a start that has ended, from the request on.
   *
   * @param roundTrips calls to the store that it waited for
   */
  started(
    { isNew, outcome }: Pick<StartupStep, "isNew" | "outcome">,
    durationMs: number,
    roundTrips: number,
  ): void {
    const key = `${isNew} ${outcome}`;
    let point = this.#starts.get(key);
    if (point === undefined) {
      point = this.#book.histogram(Catalogue.StartupDuration, {
        ...this.#attributes,
        [Attribute.IsNew]: isNew,
        [Attribute.Outcome]: outcome,
      });
      this.#starts.set(key, point);
    }
    point.record(durationMs / 1_000);
    // A start that failed has not made all of its calls.
    if (outcome === Outcome.Ok) this.#roundTrips[isNew ? "new" : "existing"].record(roundTrips);
  }

  /** Records the end of an activation, from the beginning of its drain on. */
  ended(reason: StopReason, durationMs: number): void {
    let point = this.#shutdowns.get(reason);
    if (point === undefined) {
      point = this.#book.histogram(Catalogue.ShutdownDuration, this.#with(reason));
      this.#shutdowns.set(reason, point);
    }
    point.record(durationMs / 1_000);
  }

  /** Counts an activation that was killed because its end took too long. */
  timedOut(reason: StopReason): void {
    this.#book.counter(Catalogue.ShutdownTimeouts, this.#with(reason)).value += 1;
  }

  #with(reason: StopReason): Attributes {
    return { ...this.#attributes, [Attribute.StopReason]: reason };
  }
}
