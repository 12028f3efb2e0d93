/* Values of attributes of clusters. Those that are part of the protocol are closed sets in `src/cluster/protocol`. */

/**
 * What has become of a command. `sent` and `replayed` are counted by the coordinator, the others by the runner.
 *
 * @enum
 */
export const CommandOutcome = {
  /** It was appended to the log of its runner. */
  Sent: "sent",
  /** It was appended again, since it had stayed in the outbox of its placement. */
  Replayed: "replayed",
  /** Its effect has happened, and it was deleted from the log. */
  Applied: "applied",
  Duplicate: "duplicate",
  /** It is of an earlier activation. */
  Stale: "stale",
  /** Ones before it are missing. */
  Gap: "gap",
  /** It came before its activation, and comes again. */
  Future: "future",
  /** Too many commands of its actor wait; it comes again. */
  Full: "full",
  Expired: "expired",
  /** It was put among the dead letters. */
  Dead: "dead",
  /** It was left without an answer, since its runner was fenced or has left. */
  Abandoned: "abandoned",
  /** Its message is missing, and it was taken from the outbox of its placement. */
  Recovered: "recovered",
} as const;
export type CommandOutcome = (typeof CommandOutcome)[keyof typeof CommandOutcome];

/**
 * What has become of an event. `stored`, `resent` and `abandoned` are counted by the runner, the others by the
 * coordinator.
 *
 * @enum
 */
export const ClusterEventOutcome = {
  /** It was appended to the log. */
  Stored: "stored",
  /** It was appended once more, since the coordinator has asked for it. */
  Resent: "resent",
  /** The placement has changed as it says. */
  Applied: "applied",
  Duplicate: "duplicate",
  /** It is of an earlier activation. */
  Stale: "stale",
  /** Ones before it are missing. */
  Gap: "gap",
  /** It is of an activation that is not known yet, and comes again. */
  Future: "future",
  /** It was not stored when its runner was fenced or has left. The rule for lost runners covers it. */
  Abandoned: "abandoned",
  /** It is not one of the protocol, and became a dead letter. */
  Rejected: "rejected",
  /** It could not be written, and comes again. */
  Failed: "failed",
} as const;
export type ClusterEventOutcome = (typeof ClusterEventOutcome)[keyof typeof ClusterEventOutcome];

/**
 * How a call to another process ended, as its caller counts each attempt.
 *
 * @enum
 */
export const CallOutcome = {
  /** The actor has replied, or has failed with an error. */
  Answered: "answered",
  /** It was certainly not handled: the actor is elsewhere, or nothing listens. It is sent again. */
  NotHandled: "not_handled",
  /** It may have been handled: the runner was lost, or did not reply in time. */
  Unknown: "unknown",
  /** No runner was found within the time-out. */
  NoRunner: "no_runner",
  /** Its caller has given it up. */
  Aborted: "aborted",
} as const;
export type CallOutcome = (typeof CallOutcome)[keyof typeof CallOutcome];

/**
 * Which end of calls between processes.
 *
 * @enum
 */
export const CallSide = { Client: "client", Server: "server" } as const;
export type CallSide = (typeof CallSide)[keyof typeof CallSide];

/**
 * How the runner of an actor was found.
 *
 * @enum
 */
export const RouteSource = {
  /** From an earlier call. */
  Known: "known",
  /** From the placement record. */
  Record: "record",
  /** By the coordinator, which has placed it if it was nowhere. */
  Coordinator: "coordinator",
} as const;
export type RouteSource = (typeof RouteSource)[keyof typeof RouteSource];

/**
 * A lease of a process.
 *
 * @enum
 */
export const LeaseKind = { Runner: "runner", Coordinator: "coordinator" } as const;
export type LeaseKind = (typeof LeaseKind)[keyof typeof LeaseKind];

/**
 * Why a process has fenced itself: it dropped its actors, or its office, without writing.
 *
 * @enum
 */
export const FenceReason = {
  /** No heartbeat was acknowledged in time. */
  LeaseExpired: "lease_expired",
  /** Its lease is gone, or belongs to another process. */
  LeaseLost: "lease_lost",
  /** Its record says that it was lost or has left. */
  DeclaredLost: "declared_lost",
} as const;
export type FenceReason = (typeof FenceReason)[keyof typeof FenceReason];

/**
 * Why a runner that is ready is given no further actors, as long as others can take them.
 *
 * @enum
 */
export const EvictionReason = {
  /** Starts of actors fail there for a reason of the runner, or are not answered. */
  FailedStarts: "failed_starts",
  /** Its health score is high. */
  Unhealthy: "unhealthy",
} as const;
export type EvictionReason = (typeof EvictionReason)[keyof typeof EvictionReason];

/**
 * A log of the engine.
 *
 * @enum
 */
export const ClusterLog = {
  Commands: "commands",
  Events: "events",
  DeadLetters: "dead_letters",
} as const;
export type ClusterLog = (typeof ClusterLog)[keyof typeof ClusterLog];

/**
 * What was found out about a write whose outcome was unknown.
 *
 * @enum
 */
export const WriteResolution = {
  Written: "written",
  NotWritten: "not_written",
  /** It could not be found out in time. */
  Unresolved: "unresolved",
} as const;
export type WriteResolution = (typeof WriteResolution)[keyof typeof WriteResolution];

/**
 * What has become of an actor of a runner that drains.
 *
 * @enum
 */
export const DrainOutcome = {
  /** It has ended in order, and can start elsewhere. */
  HandedOver: "handed_over",
  /** It had not ended at the deadline. */
  Abandoned: "abandoned",
} as const;
export type DrainOutcome = (typeof DrainOutcome)[keyof typeof DrainOutcome];
