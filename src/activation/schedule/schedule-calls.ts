import { randomUUID } from "node:crypto";
import type { CallsType } from "../../actor/delivery/calls.ts";
import { unknownMessageError } from "../../actor/delivery/unknown-message.ts";
import { requireKnownKeys } from "../../base/options.ts";
import {
  type CronOptions,
  MissedRuns,
  type Schedule,
  type ScheduleCalls,
  type ScheduleOptions,
  type Schedules,
} from "../definition/schedule-types.ts";
import type { ScheduleRecord } from "../records/schedule-record.ts";
import { nextOccurrence, requireCronRule } from "./cron.ts";
import { type ScheduleArguments, scheduleArguments } from "./schedule-arguments.ts";
import type { ScheduleBook } from "./schedule-book.ts";
import { publicSchedule } from "./schedule-entry.ts";
import type { ScheduleHost } from "./schedule-host.ts";
import { dueAfter, dueAt, invalidSchedule, requireScheduleId } from "./schedule-time.ts";

/** When a schedule is due, and how often. */
type Timing = Pick<ScheduleRecord, "dueAtMs" | "cron" | "timeZone" | "missed">;

/** `c.schedule` of one life. */
export class ActorSchedules implements Schedules<unknown> {
  readonly #book: ScheduleBook;
  readonly #host: ScheduleHost;
  readonly #calls: CallsType;

  /** @param calls the class with a method for each message of the actor's type */
  constructor(book: ScheduleBook, host: ScheduleHost, calls: CallsType) {
    this.#book = book;
    this.#host = host;
    this.#calls = calls;
  }

  /** Not a plain object, as with refs. */
  get [Symbol.toStringTag](): string {
    return "Schedules";
  }

  after(delayMs: number, options: ScheduleOptions = {}): ScheduleCalls<unknown> {
    return this.#once(dueAfter(delayMs, this.#host.clock.epochMs()), options);
  }

  at(time: Date | number, options: ScheduleOptions = {}): ScheduleCalls<unknown> {
    return this.#once(dueAt(time, this.#host.clock.epochMs()), options);
  }

  cron(id: string, expression: string, options: CronOptions = {}): ScheduleCalls<unknown> {
    requireKnownKeys("`c.schedule.cron`", options, ["timeZone", "missed"]);
    requireScheduleId(id);
    const { timeZone = "UTC", missed = MissedRuns.Skip } = options;
    if (!Object.values(MissedRuns).includes(missed)) {
      throw invalidSchedule(`\`missed\` must be "skip" or "run_once"`);
    }
    const nowMs = this.#host.clock.epochMs();
    requireCronRule({ expression, timeZone }, nowMs);
    const dueAtMs = nextOccurrence({ expression, timeZone }, nowMs) ?? nowMs;
    const timing: Timing = { dueAtMs, cron: expression, timeZone, missed };
    return this.#callsThat((message, args) => {
      const present = this.#book.find(id);
      if (present !== undefined && isSame(present.record, message, args, timing)) {
        return publicSchedule(present);
      }
      return this.#set(id, message, args, timing);
    });
  }

  list(): readonly Schedule[] {
    return this.#book.list();
  }

  cancel(id: string): boolean {
    return this.#book.cancel(id);
  }

  #once(dueAtMs: number, options: ScheduleOptions): ScheduleCalls<unknown> {
    requireKnownKeys("the options of a schedule", options, ["id"]);
    const { id } = options;
    if (id !== undefined) requireScheduleId(id);
    return this.#callsThat((message, args) =>
      this.#set(id ?? randomUUID(), message, args, { dueAtMs }),
    );
  }

  #callsThat(set: (message: string, args: ScheduleArguments) => Schedule): ScheduleCalls<unknown> {
    const calls = new this.#calls((messageType, args) => {
      if (!this.#host.hasMessage(messageType)) throw unknownMessageError(this.#host, messageType);
      return set(messageType, scheduleArguments(messageType, args));
    });
    // The class has the methods of the type's messages.
    return calls as ScheduleCalls<unknown>;
  }

  #set(id: string, message: string, { args }: ScheduleArguments, timing: Timing): Schedule {
    const cause = this.#host.cause();
    return this.#book.set(id, { message, args, ...timing, attempts: 0, runs: [], ...cause });
  }
}

/** Returns whether a cron schedule is set already, so that its next occurrence and its history are kept. */
function isSame(
  present: ScheduleRecord,
  message: string,
  { text }: ScheduleArguments,
  { cron, timeZone, missed }: Timing,
): boolean {
  return (
    present.message === message &&
    present.cron === cron &&
    present.timeZone === timeZone &&
    present.missed === missed &&
    JSON.stringify(present.args) === text
  );
}
