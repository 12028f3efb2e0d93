/** When the monitor speaks up: all of its limits, in one place. */
export const Thresholds = {
  /** A timer this late means that the event loop was blocked. */
  loopBlockedMs: 200,
  /** How far back the counts of the warnings look. */
  windowMs: 10_000,
  /** Messages that wait for a type of actor, when they have become more for `growingMs`. */
  mailboxDepth: 1_000,
  growingMs: 5_000,
  /** Restarts, dead letters and ask time-outs of a type within the window. */
  restarts: 10,
  deadLetters: 50,
  askTimeouts: 10,
  /** Actors or tasks of a type more than at the start of `leakMs`, in which they never became fewer. */
  leakMs: 60_000,
  leakedActors: 1_000,
  leakedTasks: 100,
} as const;
