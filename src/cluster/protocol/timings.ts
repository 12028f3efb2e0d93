/**
 * All times of a cluster, in milliseconds. A runner stops on its own at `selfFenceMs` after the sending of its last
 * acknowledged heartbeat; others may take over when its lease has expired, `leaseTtlMs` after it was stored. What lies
 * between covers different clock rates and the time from a check to its effect.
 */
export interface ClusterTimings {
  readonly heartbeatMs: number;
  readonly selfFenceMs: number;
  readonly leaseTtlMs: number;
  /** How often the coordinator looks for overdue placements and lost runners. */
  readonly sweepMs: number;
  /** A start that has not been answered after this time is placed again. */
  readonly startDeadlineMs: number;
  /** How long an outbox may wait before it is appended again. */
  readonly outboxMs: number;
  /** How long a placement that is asleep is kept. */
  readonly keepAsleepMs: number;
  /** How long records of runners that are gone are kept. */
  readonly keepGoneMs: number;
}

/** Times for production: a lost runner's actors are placed again after 15 to 17 seconds. */
export const DEFAULT_TIMINGS: ClusterTimings = {
  heartbeatMs: 2_000,
  selfFenceMs: 9_000,
  leaseTtlMs: 15_000,
  sweepMs: 1_000,
  startDeadlineMs: 30_000,
  outboxMs: 2_000,
  keepAsleepMs: 3_600_000,
  keepGoneMs: 86_400_000,
};

/** Returns the times of a cluster whose leases last `leaseTtlMs`; the others keep their proportions. */
export function timingsFor(leaseTtlMs: number): ClusterTimings {
  const share = leaseTtlMs / DEFAULT_TIMINGS.leaseTtlMs;
  const scaled = (ms: number): number => Math.max(1, Math.round(ms * share));
  return {
    ...DEFAULT_TIMINGS,
    heartbeatMs: scaled(DEFAULT_TIMINGS.heartbeatMs),
    selfFenceMs: scaled(DEFAULT_TIMINGS.selfFenceMs),
    leaseTtlMs,
    sweepMs: Math.min(DEFAULT_TIMINGS.sweepMs, scaled(DEFAULT_TIMINGS.sweepMs)),
    outboxMs: scaled(DEFAULT_TIMINGS.outboxMs),
  };
}
