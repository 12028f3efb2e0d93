import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import {
  type ClusterEventOutcome,
  type ClusterLog,
  CommandOutcome,
  type DrainOutcome,
  type FenceReason,
  LeaseKind,
} from "../../telemetry/cluster-attributes.ts";
import type { PointBook } from "../../telemetry/metrics/point-book.ts";
import { Counts, computeGauge, Durations, Levels } from "./series.ts";

/** The metrics of a runner. Its levels return to zero with {@link RunnerMetrics.left}. */
export class RunnerMetrics {
  readonly #lease: Levels;
  readonly #demultiplexerActive: Levels;
  readonly #demultiplexerDepth: Levels;
  readonly #outbox: Levels;
  readonly #commands: Counts;
  readonly #events: Counts;
  readonly #fences: Counts;
  readonly #deadLetters: Counts;
  readonly #drained: Counts;
  readonly #commandLag: Durations;
  readonly #heartbeats: Durations;
  #remainingMs: (() => number | undefined) | undefined;
  #healthScore: (() => number) | undefined;

  constructor(book: PointBook) {
    this.#lease = new Levels(book, Catalogue.ClusterLeaseActive);
    this.#demultiplexerActive = new Levels(book, Catalogue.ClusterDemultiplexerActive);
    this.#demultiplexerDepth = new Levels(book, Catalogue.ClusterDemultiplexerDepth);
    this.#outbox = new Levels(book, Catalogue.ClusterOutboxDepth);
    this.#commands = new Counts(book, Catalogue.ClusterCommands);
    this.#events = new Counts(book, Catalogue.ClusterEvents);
    this.#fences = new Counts(book, Catalogue.ClusterFences);
    this.#deadLetters = new Counts(book, Catalogue.ClusterDeadLetters);
    this.#drained = new Counts(book, Catalogue.ClusterDrained);
    this.#commandLag = new Durations(book, Catalogue.ClusterCommandLag);
    this.#heartbeats = new Durations(book, Catalogue.ClusterHeartbeatDuration);
    const ofRunner = { [Attribute.LeaseKind]: LeaseKind.Runner };
    computeGauge(book, Catalogue.ClusterLeaseRemaining, ofRunner, () => {
      const remainingMs = this.#remainingMs?.();
      return remainingMs === undefined ? undefined : Math.max(0, remainingMs) / 1_000;
    });
    computeGauge(book, Catalogue.ClusterHealthScore, {}, () => this.#healthScore?.());
  }

  /**
   * The runner has joined and holds its lease.
   *
   * @param remainingMs returns the time until it fences itself; read when metrics are collected
   * @param healthScore returns the number of signs of trouble; read when metrics are collected
   */
  joined(remainingMs: () => number | undefined, healthScore: () => number): void {
    this.#lease.set({ [Attribute.LeaseKind]: LeaseKind.Runner }, 1);
    this.#remainingMs = remainingMs;
    this.#healthScore = healthScore;
  }

  /** The runner has left, or was fenced: it holds no lease. */
  left(): void {
    this.#lease.clear();
    this.#demultiplexerActive.clear();
    this.#demultiplexerDepth.clear();
    this.#outbox.clear();
    this.#remainingMs = undefined;
    this.#healthScore = undefined;
  }

  /** Records a heartbeat. @param errorType of one that was not acknowledged */
  heartbeat(durationMs: number, errorType: string | undefined): void {
    const failed = errorType === undefined ? {} : { [Attribute.ErrorType]: errorType };
    this.#heartbeats.record(failed, durationMs);
  }

  /** Counts a fencing of itself. */
  fenced(lease: LeaseKind, reason: FenceReason): void {
    this.#fences.add({ [Attribute.LeaseKind]: lease, [Attribute.FenceReason]: reason });
  }

  /** Counts a command that was received. */
  command(outcome: Exclude<CommandOutcome, "sent" | "replayed" | "applied">): void {
    this.#commands.add({ [Attribute.CommandOutcome]: outcome });
  }

  /** @param lagMs from the decision, by the clock of the coordinator, until the effect has happened */
  commandApplied(lagMs: number): void {
    this.#commands.add({ [Attribute.CommandOutcome]: CommandOutcome.Applied });
    this.#commandLag.record({}, lagMs);
  }

  /** @param actors with commands that wait or are carried out; @param commands that are not answered */
  demultiplexerIs(actors: number, commands: number): void {
    this.#demultiplexerActive.set({}, actors);
    this.#demultiplexerDepth.set({}, commands);
  }

  /** @param events that are not stored in the log */
  outboxIs(events: number): void {
    this.#outbox.set({}, events);
  }

  /** Counts events that this runner has told, or could not tell. */
  events(
    outcome: Extract<ClusterEventOutcome, "stored" | "resent" | "abandoned">,
    count: number,
  ): void {
    this.#events.add({ [Attribute.ClusterEventOutcome]: outcome }, count);
  }

  /** Counts a message that was stored as a dead letter; also for the coordinator. */
  deadLettered(log: ClusterLog): void {
    this.#deadLetters.add({ [Attribute.ClusterLog]: log });
  }

  /** Counts actors of a runner that drains. */
  drained(outcome: DrainOutcome, count: number): void {
    this.#drained.add({ [Attribute.DrainOutcome]: outcome }, count);
  }
}
