/**
 * Why an activation of a keyed actor ends; a subset of {@link StopReason}.
 *
 * @enum
 */
export const SleepReason = {
  /** Nothing kept it awake for `idleMs`. */
  Idle: "idle",
  /** `c.sleep()`, `ref.sleep()`, `ref.stop()`, or an action of the console. */
  Requested: "requested",
  /** `maxResident` was reached and another key waited. */
  Evicted: "evicted",
  /** It was handed over to another process. */
  Drained: "drained",
  /** `system.shutdown()`. */
  Shutdown: "shutdown",
  /** A commit was refused because another activation has written, or its outcome is unknown. */
  StateConflict: "state_conflict",
  /** A failure that its supervision did not answer with a restart. Changes since the last commit are lost. */
  Failed: "failed",
} as const;
export type SleepReason = (typeof SleepReason)[keyof typeof SleepReason];
