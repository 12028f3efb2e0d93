import type { Command } from "./commands.ts";

/**
 * State of a placement.
 *
 * - `pending`: no runner fits yet; it waits in the record, not in memory
 * - `starting`: `start` was written to the runner's log
 * - `running`: the runner has told that it runs
 * - `stopping`: `stop` or a signal that ends it was written
 * - `asleep`: it has ended; the record is kept for a while, for its generation
 * - `backoff`: its start has failed; placed again after `notBeforeMs`
 * - `failed`: it has failed too often; placed again when it is asked for after `notBeforeMs`
 *
 * @enum
 */
export const PlacementStatus = {
  Pending: "pending",
  Starting: "starting",
  Running: "running",
  Stopping: "stopping",
  Asleep: "asleep",
  Backoff: "backoff",
  Failed: "failed",
} as const;
export type PlacementStatus = (typeof PlacementStatus)[keyof typeof PlacementStatus];

/**
 * Why an actor was placed or moved; `reason` of metrics, spans and of the move's line (C18).
 *
 * @enum
 */
export const PlacementReason = {
  /** Something was sent to it. */
  Wanted: "wanted",
  /** A schedule or queue of it is due. */
  Due: "due",
  RunnerLost: "runner_lost",
  RunnerDraining: "runner_draining",
  RunnerLeft: "runner_left",
  Rebalanced: "rebalanced",
  StartFailed: "start_failed",
  /** The runner has not answered `start` in time. */
  StartOverdue: "start_overdue",
  /** The store had a higher generation. */
  Stale: "stale",
  /** The runner does not define the type. */
  TypeMissing: "type_missing",
  Requested: "requested",
} as const;
export type PlacementReason = (typeof PlacementReason)[keyof typeof PlacementReason];

/**
 * Where one actor is: the decision of the coordinator and the commands that follow from it, in one write. Key: the address
 * of the actor. All times are milliseconds since the epoch by the coordinator's clock, and only matter for liveness.
 */
export interface PlacementRecord {
  readonly version: 1;
  readonly address: string;
  readonly status: PlacementStatus;
  /** `undefined` while it is placed nowhere. */
  readonly runnerId: string | undefined;
  /** Number of the activation, as a fencing token. Never falls. */
  readonly generation: number;
  /** Index of the last command of this generation. */
  readonly commandIndex: number;
  /** Index of the last event of this generation that was applied. */
  readonly eventIndex: number;
  /** Failed starts in a row. */
  readonly attempts: number;
  readonly notBeforeMs: number;
  /** When a start or stop that is under way is overdue. */
  readonly deadlineMs: number;
  readonly sinceMs: number;
  readonly reason: PlacementReason;
  /** Commands that may not be in the log yet; each is appended again until a later write clears them. */
  readonly outbox: readonly Command[];
  /** Unique to the write: tells its writer whether a write of unknown outcome has happened. */
  readonly writeId: string;
  /** The lost runner whose log the signals were last taken from: they are not taken from there again. */
  readonly carriedFrom?: string;
  /** JSON: input of a new actor, until it runs. */
  readonly input?: unknown;
}
