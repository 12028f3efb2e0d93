import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import {
  type ClusterEventOutcome,
  ClusterLog,
  CommandOutcome,
  EvictionReason,
  LeaseKind,
} from "../../telemetry/cluster-attributes.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import { type PlacementReason, PlacementStatus } from "../protocol/placement-record.ts";
import { RunnerStatus } from "../protocol/runner-record.ts";
import { Counts, computeGauge, Durations, Levels } from "./series.ts";

/** A placement that was decided. */
export interface DecidedPlacement {
  readonly reason: PlacementReason;
  /** Whether another runner had the actor before. */
  readonly isMove: boolean;
}

/** What a log holds, as `Log.state` says. */
export interface LogReading {
  readonly messages: number;
  readonly oldestAgeMs: number;
}

/** The metrics of a process that may be the coordinator. Its levels are zero while it is not. */
export class CoordinatorMetrics {
  readonly #runners: Levels;
  readonly #evicted: Levels;
  readonly #placementStatus: Levels;
  readonly #waiting: Levels;
  readonly #eventsWaiting: Levels;
  readonly #lease: Levels;
  readonly #placements: Counts;
  readonly #moves: Counts;
  readonly #refused: Counts;
  readonly #commands: Counts;
  readonly #events: Counts;
  readonly #placementDuration: Durations;
  readonly #failover: Durations;
  readonly #eventLag: Durations;
  readonly #logs = new Map<ClusterLog, LogReading>();
  #term: number | undefined;

  constructor(book: PointBook) {
    this.#runners = new Levels(book, Catalogue.ClusterRunners);
    this.#evicted = new Levels(book, Catalogue.ClusterRunnersEvicted);
    this.#placementStatus = new Levels(book, Catalogue.ClusterPlacementActive);
    this.#waiting = new Levels(book, Catalogue.ClusterPlacementWaiting);
    this.#eventsWaiting = new Levels(book, Catalogue.ClusterEventActive);
    this.#lease = new Levels(book, Catalogue.ClusterLeaseActive);
    this.#placements = new Counts(book, Catalogue.ClusterPlacements);
    this.#moves = new Counts(book, Catalogue.ClusterMoves);
    this.#refused = new Counts(book, Catalogue.ClusterPlacementRefused);
    this.#commands = new Counts(book, Catalogue.ClusterCommands);
    this.#events = new Counts(book, Catalogue.ClusterEvents);
    this.#placementDuration = new Durations(book, Catalogue.ClusterPlacementDuration);
    this.#failover = new Durations(book, Catalogue.ClusterFailoverDuration);
    this.#eventLag = new Durations(book, Catalogue.ClusterEventLag);
    computeGauge(book, Catalogue.ClusterCoordinatorTerm, {}, () => this.#term);
    for (const log of Object.values(ClusterLog)) {
      const attributes = { [Attribute.ClusterLog]: log };
      computeGauge(
        book,
        Catalogue.ClusterLogDepth,
        attributes,
        () => this.#logs.get(log)?.messages,
      );
      computeGauge(book, Catalogue.ClusterLogAge, attributes, () => {
        const reading = this.#logs.get(log);
        return reading === undefined ? undefined : reading.oldestAgeMs / 1_000;
      });
    }
  }

  /** @param term the newest term that is known, of whatever process */
  termIs(term: number): void {
    this.#term = term;
  }

  /** This process has become the coordinator. */
  elected(): void {
    this.#lease.set({ [Attribute.LeaseKind]: LeaseKind.Coordinator }, 1);
  }

  /** This process is the coordinator no longer. */
  ended(): void {
    this.#runners.clear();
    this.#evicted.clear();
    this.#placementStatus.clear();
    this.#waiting.clear();
    this.#eventsWaiting.clear();
    this.#lease.clear();
    this.#logs.clear();
  }

  /** @param counts number of runners by status; statuses that are absent count as zero */
  runnersAre(counts: Readonly<Partial<Record<RunnerStatus, number>>>): void {
    for (const status of Object.values(RunnerStatus)) {
      this.#runners.set({ [Attribute.RunnerState]: status }, counts[status] ?? 0);
    }
  }

  /** @param counts number of evicted runners by reason; reasons that are absent count as zero */
  evictedAre(counts: Readonly<Partial<Record<EvictionReason, number>>>): void {
    for (const reason of Object.values(EvictionReason)) {
      this.#evicted.set({ [Attribute.EvictionReason]: reason }, counts[reason] ?? 0);
    }
  }

  /** @param counts number of placement records by status; statuses that are absent count as zero */
  placementsAre(counts: Readonly<Partial<Record<PlacementStatus, number>>>): void {
    for (const status of Object.values(PlacementStatus)) {
      this.#placementStatus.set({ [Attribute.PlacementStatus]: status }, counts[status] ?? 0);
    }
  }

  /** @param requests number of requests for placements that wait */
  waitingAre(requests: number): void {
    this.#waiting.set({}, requests);
  }

  /** Counts a decision that was written. */
  placed({ reason, isMove }: DecidedPlacement): void {
    this.#placements.add({ [Attribute.PlacementReason]: reason });
    if (isMove) this.#moves.add({ [Attribute.PlacementReason]: reason });
  }

  /**
   * Records a placement that was answered by its runner.
   *
   * @param errorCode of a start that has failed
   */
  started(reason: PlacementReason, durationMs: number, errorCode: string | undefined): void {
    const attributes = { [Attribute.PlacementReason]: reason };
    const failed = errorCode === undefined ? {} : { [Attribute.ErrorType]: errorCode };
    this.#placementDuration.record({ ...attributes, ...failed }, durationMs);
  }

  /** Records an actor of a lost runner that runs again. @param durationMs since that runner's last heartbeat */
  failedOver(durationMs: number): void {
    this.#failover.record({}, durationMs);
  }

  /** @param events number of events that were received and have no outcome yet */
  eventsWaitingAre(events: number): void {
    this.#eventsWaiting.set({}, events);
  }

  /** Counts a request for a placement that was refused. */
  refused(code: string): void {
    this.#refused.add({ [Attribute.ErrorType]: code });
  }

  /** Counts commands that were appended to the log of their runner. */
  commandsSent(count: number, isReplay: boolean): void {
    const outcome = isReplay ? CommandOutcome.Replayed : CommandOutcome.Sent;
    this.#commands.add({ [Attribute.CommandOutcome]: outcome }, count);
  }

  /** Counts events that were received. */
  events(
    outcome: Exclude<ClusterEventOutcome, "stored" | "resent" | "abandoned">,
    count = 1,
  ): void {
    this.#events.add({ [Attribute.ClusterEventOutcome]: outcome }, count);
  }

  /** @param lagMs from the event, by the clock of its runner, until it was applied */
  eventApplied(lagMs: number): void {
    this.events("applied");
    this.#eventLag.record({}, lagMs);
  }

  /** Reports what a log holds. */
  logIs(log: ClusterLog, reading: LogReading): void {
    this.#logs.set(log, reading);
  }
}
