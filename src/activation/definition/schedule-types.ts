import type { OwnHandlers } from "../../actor/definition/messages.ts";

/**
 * How a run of a schedule has ended.
 *
 * @enum
 */
export const ScheduleOutcome = {
  /** The handler succeeded, and its changes are stored. */
  Ok: "ok",
  /** The handler threw, or its changes could not be stored. */
  Error: "error",
  /** The definition has no such message any more. The schedule was removed. */
  NoHandler: "no_handler",
  /** The occurrence passed while no process ran, or while the last run had not ended. */
  Skipped: "skipped",
} as const;
export type ScheduleOutcome = (typeof ScheduleOutcome)[keyof typeof ScheduleOutcome];

/**
 * What happens to the occurrences of a cron schedule that passed while no process ran.
 *
 * @enum
 */
export const MissedRuns = {
  /** They are left out. */
  Skip: "skip",
  /** One run makes up for all of them. */
  RunOnce: "run_once",
} as const;
export type MissedRuns = (typeof MissedRuns)[keyof typeof MissedRuns];

/** One run of a schedule. */
export interface ScheduleRun {
  /** When it ended, in milliseconds since the epoch. */
  readonly atMs: number;
  /** How it ended. */
  readonly outcome: ScheduleOutcome;
  /** Code or class of the error; `undefined` unless `outcome` is `error`. */
  readonly errorType: string | undefined;
}

/** A stored schedule of a keyed actor, as of the call that returned it. */
export interface Schedule {
  /** The id given when it was set, or a random one. */
  readonly id: string;
  /** The message that it sends. */
  readonly messageType: string;
  /** The next time, in milliseconds since the epoch. */
  readonly dueAtMs: number;
  /** The expression of a cron schedule. */
  readonly cron: string | undefined;
  /** Failed runs since the last one that succeeded. */
  readonly attempts: number;
  /** The last run; `undefined` before the first one has ended. */
  readonly lastRun: ScheduleRun | undefined;
}

/** One method for each message of the actor. The call sets the schedule and returns it. */
export type ScheduleCalls<Own> = {
  readonly [Name in keyof OwnHandlers<Own>]: OwnHandlers<Own>[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => unknown
    ? (...args: Arguments) => Schedule
    : never;
};

/** Options of `c.schedule.after` and `c.schedule.at`. */
export interface ScheduleOptions {
  /** Replaces the schedule that has this id. 1 to 256 bytes of UTF-8. Default: a random id. */
  readonly id?: string;
}

/** Options of `c.schedule.cron`. */
export interface CronOptions {
  /** IANA name of the time zone in which the expression is read. Default `UTC`. */
  readonly timeZone?: string;
  /** Default `skip`; it also leaves out a run that the end of the process has cut off. */
  readonly missed?: MissedRuns;
}

/**
 * The stored schedules of a keyed actor. A schedule sends the actor one of its own messages, also when the actor
 * sleeps or the process was restarted in between.
 *
 * Changes take effect with the next commit: after the message being handled, or at `await c.saveState()`. A schedule is
 * removed in the commit that stores the changes of its handler, so its effect on the state is stored once. A handler
 * that throws is called again after 1, 2, 4, 8 and 16 s; a cron schedule waits for its next occurrence instead.
 *
 * @example
 * ```ts
 * const reminders = defineKeyedActor("reminders", {
 *   messages: {} as { remind(text: string, atMs: number): string; deliver(text: string): void; stop(): number },
 *   onCreate: (c) => c.schedule.cron("weekly", "0 8 * * 1", { timeZone: "Europe/Berlin" }).stop(),
 *   handlers: {
 *     remind(c, text, atMs) {
 *       c.schedule.after(60_000, { id: "soon" }).deliver("one minute has passed");
 *       return c.schedule.at(atMs).deliver(text).id;
 *     },
 *     deliver: (c, text) => c.log.info({ text }, "reminder"),
 *     stop(c) {
 *       for (const { id } of c.schedule.list()) c.schedule.cancel(id);
 *       return c.schedule.list().length;
 *     },
 *   },
 * });
 * ```
 */
export interface Schedules<Own> {
  /**
   * Sends a message `delayMs` from now.
   *
   * @param delayMs 0 or more, without an upper limit
   * @throws {@link UsageError} `ERR_INVALID_SCHEDULE`; also for arguments that are no JSON or exceed 16 KiB
   * @throws {@link LimelightError} `ERR_SCHEDULE_LIMIT` beyond `maxSchedules`
   */
  after(delayMs: number, options?: ScheduleOptions): ScheduleCalls<Own>;
  /**
   * Sends a message at a time. A time in the past is due at once.
   *
   * @param time a date, or milliseconds since the epoch
   * @throws {@link UsageError} `ERR_INVALID_SCHEDULE`
   * @throws {@link LimelightError} `ERR_SCHEDULE_LIMIT` beyond `maxSchedules`
   */
  at(time: Date | number, options?: ScheduleOptions): ScheduleCalls<Own>;
  /**
   * Sends a message at each time that a cron expression names. Setting the same expression and message again has no
   * effect. One run ends before the next one begins, and late runs do not shift later ones.
   *
   * When clocks change, a fixed time that does not exist happens at the end of the gap, and one that occurs twice happens
   * once. Of several times (a list, range, step or `*` among hours, minutes and seconds), those that do not exist are
   * left out, and those that occur twice happen twice.
   *
   * @param expression five fields, or six with seconds first
   * @throws {@link UsageError} `ERR_INVALID_SCHEDULE`
   * @throws {@link LimelightError} `ERR_SCHEDULE_LIMIT` beyond `maxSchedules`
   */
  cron(id: string, expression: string, options?: CronOptions): ScheduleCalls<Own>;
  /** Returns all schedules, the next one first. */
  list(): readonly Schedule[];
  /** Removes a schedule. Returns whether there was one with this id. */
  cancel(id: string): boolean;
}
