import type { WriteResolution } from "../../telemetry/cluster-attributes.ts";
import type { Command } from "../protocol/commands.ts";
import type { EventKind } from "../protocol/events.ts";
import type { RunnerStatus } from "../protocol/runner-record.ts";
import type { DrainReport } from "./drain-tally.ts";
import type { HealthSign } from "./health-score.ts";

/**
 * What has become of one delivery of a command. Each delivery has exactly one, so that deliveries are the sum of all
 * outcomes and of those in flight.
 *
 * @enum
 */
export const CommandOutcome = {
  /** It has taken effect. */
  Applied: "applied",
  /** It had taken effect before. */
  Duplicate: "duplicate",
  /** It is of an earlier generation, or its actor was placed elsewhere. */
  Stale: "stale",
  /** Given back: ones before it are missing. */
  Gap: "gap",
  /** Given back: the start of its generation is missing. */
  Future: "future",
  /** Given back: the queue of the actor is full. */
  Full: "full",
  Expired: "expired",
  /** Put among the dead letters. */
  Dead: "dead",
  /** Left without an answer, since the runner was fenced or has left. */
  Abandoned: "abandoned",
} as const;
export type CommandOutcome = (typeof CommandOutcome)[keyof typeof CommandOutcome];

/**
 * What has become of an event.
 *
 * @enum
 */
export const EventOutcome = {
  Stored: "stored",
  /** It was stored by an earlier attempt. */
  Duplicate: "duplicate",
  /** Sent again on request. */
  Resent: "resent",
  /** Not stored when the runner was fenced or has left; the rule for lost runners covers it. */
  Abandoned: "abandoned",
} as const;
export type EventOutcome = (typeof EventOutcome)[keyof typeof EventOutcome];

/**
 * Why a runner has fenced itself.
 *
 * @enum
 */
export const FenceReason = {
  /** No heartbeat was acknowledged for `selfFenceMs`. */
  LeaseExpired: "lease_expired",
  /** The lease is gone, or another process has written it. */
  LeaseLost: "lease_lost",
  /** Its record says that it was lost or has left, or is gone. */
  DeclaredLost: "declared_lost",
} as const;
export type FenceReason = (typeof FenceReason)[keyof typeof FenceReason];

/** Why a runner is not ready (C6); `undefined` values of a set. */
export type NotReadyReason = "record" | "consumer" | "lease" | "store" | "draining";

/** Gets what happens in a runner, for telemetry. Its methods must not throw. */
export interface RunnerObserver {
  /** A runner id was taken, or its status has changed. `isReady`: it can take placements. */
  statusChanged(runnerId: string, status: RunnerStatus): void;
  /** The runner has taken, or lost, what it needs to be ready. An empty list: it is ready. */
  readinessChanged(runnerId: string, missing: readonly NotReadyReason[]): void;
  leaseChanged(runnerId: string, isValid: boolean): void;
  /** A heartbeat was acknowledged, this long after it was sent. */
  heartbeatAcknowledged(durationMs: number): void;
  /**
   * A heartbeat was not acknowledged before its deadline, or could not be written. One that is late is not told again if it is
   * acknowledged after all.
   *
   * @param durationMs since it was sent
   */
  heartbeatFailed(durationMs: number, error: unknown): void;
  fenced(runnerId: string, reason: FenceReason): void;
  /** `sign` is what has raised the score; `undefined` if it has fallen. */
  healthChanged(score: number, sign: HealthSign | undefined): void;
  /** A command was delivered. */
  commandReceived(): void;
  /** A delivery has an outcome. `command` is `undefined` for one that could not be read. */
  commandEnded(outcome: CommandOutcome, command: Command | undefined, ageMs: number): void;
  /** A command was taken from the outbox of its placement, since its message is missing. */
  commandRecovered(command: Command): void;
  /**
   * Carries out a command: calls `work` and returns its promise. Telemetry may do so in a span.
   *
   * @param attempt how often it was delivered
   */
  carryOut(command: Command, attempt: number, work: () => Promise<void>): Promise<void>;
  /** Number of actors with commands that wait or are carried out. */
  commandsActive(actors: number): void;
  eventCreated(kind: EventKind, reason: string | undefined): void;
  eventsEnded(outcome: EventOutcome, count: number): void;
  /** Number of events that are not stored yet. */
  eventsWaiting(count: number): void;
  drained(report: DrainReport): void;
  /** It was found out, or not in time, what became of a write that was not confirmed. */
  writeResolved(resolution: WriteResolution): void;
  /** Something has failed that is tried again or made up for. `what` is a constant text. */
  failed(what: string, error: unknown): void;
}
