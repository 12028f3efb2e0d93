import type { EvictionReason, WriteResolution } from "../../telemetry/cluster-attributes.ts";
import type { Command } from "../protocol/commands.ts";
import type { EventBatch } from "../protocol/events.ts";
import type { PlacementReason, PlacementStatus } from "../protocol/placement-record.ts";
import type { RunnerStatus } from "../protocol/runner-record.ts";

/**
 * Why a term has ended.
 *
 * @enum
 */
export const TermEnd = {
  /** The node has ended. */
  Released: "released",
  /** The lease could not be renewed for `selfFenceMs`. */
  LeaseOverdue: "lease_overdue",
  /** Another node holds the lease. */
  LeaseTaken: "lease_taken",
} as const;
export type TermEnd = (typeof TermEnd)[keyof typeof TermEnd];

/**
 * What has become of a delivered event. Each delivery of a batch gives each of its events one outcome.
 *
 * @enum
 */
export const EventArrival = {
  Applied: "applied",
  Duplicate: "duplicate",
  Stale: "stale",
  Gap: "gap",
  Future: "future",
  /** It is not one of the protocol, and became a dead letter. */
  Rejected: "rejected",
  /** It could not be written, and comes again. */
  Failed: "failed",
} as const;
export type EventArrival = (typeof EventArrival)[keyof typeof EventArrival];

/** A decision where an actor is to run, once it is written. */
export interface PlacementDecision {
  readonly address: string;
  readonly runnerId: string;
  readonly generation: number;
  readonly reason: PlacementReason;
  /** The runner that had it before; `undefined` if it was nowhere. */
  readonly from: string | undefined;
  /** From the request, or what has caused it, until it was written. */
  readonly durationMs: number;
}

/** A placement that was answered by its runner. */
export interface PlacementOutcome {
  readonly address: string;
  readonly runnerId: string;
  readonly generation: number;
  readonly reason: PlacementReason;
  /** From the decision on. */
  readonly durationMs: number;
  /** Of a start that has failed. */
  readonly errorCode: string | undefined;
}

/** An actor of a runner that was lost runs again. */
export interface Failover {
  readonly address: string;
  readonly from: string;
  readonly to: string;
  /** Since the last heartbeat of the lost runner that was seen. */
  readonly durationMs: number;
}

/** Gets what happens in a coordinator, for telemetry and viewers. Its methods must not throw. */
export interface CoordinatorObserver {
  /** This node has become the coordinator. Terms increase. */
  termBegun(term: number): void;
  /** This node is the coordinator no longer. */
  termEnded(term: number, reason: TermEnd): void;
  /** A node was seen as the coordinator; told to all nodes. */
  coordinatorSeen(nodeId: string, term: number): void;
  /** A runner has another status, or is new (`from` is `undefined`). */
  runnerChanged(runnerId: string, from: RunnerStatus | undefined, to: RunnerStatus): void;
  /** A runner is given no further actors as long as others can take them, or is again (`reason` is `undefined`). */
  evictionChanged(runnerId: string, reason: EvictionReason | undefined): void;
  /** Everything of a runner that is gone was taken over. */
  runnerCleared(runnerId: string, moved: number, purgedCommands: number): void;
  /** Number of runners by status; told at each sweep. */
  runnersAre(counts: Readonly<Partial<Record<RunnerStatus, number>>>): void;
  /** Number of ready runners that are evicted, by reason; told at each sweep. */
  evictedAre(counts: Readonly<Partial<Record<EvictionReason, number>>>): void;
  /** Number of placement records by status; told at each sweep. */
  placementsAre(counts: Readonly<Partial<Record<PlacementStatus, number>>>): void;
  /** Number of requests that wait. */
  waitingAre(requests: number): void;
  placed(decision: PlacementDecision): void;
  started(outcome: PlacementOutcome): void;
  failedOver(failover: Failover): void;
  /** The start of an actor has failed too often; it is placed again only when it is asked for. */
  gaveUp(address: string, attempts: number): void;
  /** A request was refused. */
  refused(code: string): void;
  /** Commands were appended to the log of their runner. */
  commandsSent(runnerId: string, commands: readonly Command[], isReplay: boolean): void;
  /** A signal of a generation that is over was issued again to the next one, or given up since it has no object. */
  signalCarried(command: Command, isGivenUp: boolean): void;
  /** A command was not carried out by its runner. */
  commandDropped(address: string, reason: string | undefined): void;
  /**
   * Batches of one actor are applied together: calls `work` and returns its promise. Telemetry may do so in a span.
   *
   * @param attempt how often the first of them was delivered
   */
  applyEvents(
    batches: readonly EventBatch[],
    attempt: number,
    work: () => Promise<void>,
  ): Promise<void>;
  /** Number of events that were received and have no outcome yet. Told while this node is the coordinator. */
  eventsWaitingAre(events: number): void;
  /** Events of a batch, or of one that cannot be read, have arrived. */
  eventsArrived(arrival: EventArrival, count: number, batch: EventBatch | undefined): void;
  /** From the event, by the clock of its runner, until it was applied. */
  eventApplied(lagMs: number): void;
  /** Missing events were found again, or it is certain that they are lost. The latter is an error. */
  gapEnded(batch: EventBatch, missing: number, isRecovered: boolean): void;
  /** It was found out, or not in time, what became of a write that was not confirmed. */
  writeResolved(resolution: WriteResolution): void;
  /** Something has failed that is tried again. `what` is a constant text. */
  failed(what: string, error: unknown): void;
}
