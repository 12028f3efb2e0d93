/** All thresholds of the monitor. */
export const Thresholds = {
  /** Lateness of a timer from which the event loop counts as blocked. */
  loopBlockedMs: 200,
  /** Period over which warnings count. */
  windowMs: 10_000,
  /** Messages waiting for actors of a type, if their number has grown for `growingMs`. */
  mailboxDepth: 1_000,
  growingMs: 5_000,
  /** Restarts, dead letters and ask time-outs of a type within the window. */
  restarts: 10,
  deadLetters: 50,
  askTimeouts: 10,
  /** Increase of actors or tasks of a type within `leakMs`, if their number never decreased in it. */
  leakMs: 60_000,
  leakedActors: 1_000,
  leakedTasks: 100,
} as const;
