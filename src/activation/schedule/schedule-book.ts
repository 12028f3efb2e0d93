import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { type Schedule, ScheduleOutcome } from "../definition/schedule-types.ts";
import { dueKey, scheduleKey } from "../records/record-keys.ts";
import { encodeSchedule, type ScheduleRecord } from "../records/schedule-record.ts";
import { Fire } from "./fire.ts";
import { afterFailure, afterRun, isLeftOut, type RunEnd } from "./next-run.ts";
import { byDueTime, EntryPhase, publicSchedule, type ScheduleEntry } from "./schedule-entry.ts";
import type { ScheduleHost } from "./schedule-host.ts";

/**
 * The schedules of one life of an activation. Changes are buffered for the next commit, and the index of due times
 * learns of them once they are stored.
 */
export class ScheduleBook {
  readonly #host: ScheduleHost;
  readonly #entries = new Map<string, ScheduleEntry>();
  /** Keys of the due times that may be in the store. */
  readonly #dueKeys = new Set<string>();
  #closed = false;

  /** @param stored the schedules as they were loaded */
  constructor(host: ScheduleHost, stored: Iterable<readonly [id: string, record: ScheduleRecord]>) {
    this.#host = host;
    for (const [id, record] of stored) this.#add({ id, record, phase: EntryPhase.Waiting });
    for (const entry of [...this.#entries.values()]) this.#repeatFailure(entry);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Returns all schedules, the next one first. */
  list(): readonly Schedule[] {
    this.#requireOpen();
    return [...this.#entries.values()].sort(byDueTime).map(publicSchedule);
  }

  /** Returns a schedule. */
  find(id: string): ScheduleEntry | undefined {
    return this.#entries.get(id);
  }

  /**
   * Sets a schedule, in place of the one with the same id.
   *
   * @throws LimelightError `ERR_SCHEDULE_LIMIT`
   */
  set(id: string, record: ScheduleRecord): Schedule {
    this.#requireOpen();
    const { maxSchedules, actorId } = this.#host;
    if (!this.#entries.has(id) && this.#entries.size >= maxSchedules) {
      throw new LimelightError(`${actorId} has ${maxSchedules} schedules, which is the limit`, {
        code: ErrorCode.ScheduleLimit,
      });
    }
    return publicSchedule(this.#replace(id, record));
  }

  /** Removes a schedule. Returns whether there was one. */
  cancel(id: string): boolean {
    this.#requireOpen();
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#remove(entry);
    return true;
  }

  /** Sends the messages of all schedules that are due: when the life has begun. */
  fireDue(): void {
    const nowMs = this.#host.clock.epochMs();
    const waiting = [...this.#entries.values()].sort(byDueTime);
    for (const entry of waiting) {
      if (entry.record.dueAtMs <= nowMs) this.#fire(entry);
      else this.#host.notice(entry.record.dueAtMs); // the clock may have been set back since it was handed out
    }
  }

  /** Sends the message of a schedule if it is due and not on its way yet. */
  fire(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#closed) return;
    if (entry.record.dueAtMs <= this.#host.clock.epochMs()) this.#fire(entry);
    else this.#host.notice(entry.record.dueAtMs);
  }

  /** Begins the run of a schedule. Returns whether its handler is to be called. */
  begin(entry: ScheduleEntry): boolean {
    if (this.#closed) return false; // sent to a former life; the present one sends its own
    const { clock, points } = this.#host;
    if (this.#entries.get(entry.id) !== entry) {
      points.ended(ScheduleOutcome.Skipped);
      return false;
    }
    const latenessMs = clock.epochMs() - entry.record.dueAtMs;
    if (isLeftOut(entry.record, latenessMs, this.#host.upMs())) {
      this.#end(entry, ScheduleOutcome.Skipped);
      return false;
    }
    entry.phase = EntryPhase.Running;
    points.began(latenessMs);
    return true;
  }

  /** Ends a run: the schedule is removed, or waits for its next occurrence, in the commit of the handler's changes. */
  succeed(entry: ScheduleEntry): void {
    this.#end(entry, ScheduleOutcome.Ok);
  }

  /** Ends a run whose handler threw. What follows survives the end of this life. */
  fail(entry: ScheduleEntry, thrown: unknown): void {
    const { points, failed } = this.#host;
    points.ended(ScheduleOutcome.Error);
    const errorType = points.errorType(thrown);
    const { record } = entry;
    const end = this.#endOf(ScheduleOutcome.Error, errorType);
    const next = afterFailure(record, end);
    // If the handler has replaced or cancelled its schedule, that is lost with the life, unless it is stored already.
    const replaced = this.#entries.get(entry.id) !== entry;
    failed.add(this.#key(entry.id), { dueAtMs: record.dueAtMs, next, errorType, reported: false });
    if (!replaced) this.#repeatFailure(entry);
  }

  /** Buffers the removal of all due times: everything of the actor is to be removed. */
  removeAll(): void {
    for (const key of this.#dueKeys) this.#host.buffer.delete(key);
  }

  /**
   * Ends the life. Returns when the earliest schedule is due whose run was not completed; it stays due in the store.
   */
  close(): number | undefined {
    if (this.#closed) return undefined;
    this.#closed = true;
    this.#host.points.active.add(-this.#entries.size);
    const open = [...this.#entries.values()].filter(({ phase }) => phase !== EntryPhase.Waiting);
    return open.length === 0 ? undefined : Math.min(...open.map(({ record }) => record.dueAtMs));
  }

  #fire(entry: ScheduleEntry): void {
    if (entry.phase !== EntryPhase.Waiting) return;
    if (this.#host.hasMessage(entry.record.message)) {
      entry.phase = EntryPhase.Queued;
      this.#host.send(new Fire(this, entry));
      return;
    }
    const fields = this.#fields(entry, "actor.schedule.no_handler");
    this.#host.log("warn", fields, "schedule was removed: the actor has no such message");
    this.#host.points.ended(ScheduleOutcome.NoHandler);
    this.#remove(entry);
  }

  #end(entry: ScheduleEntry, outcome: ScheduleOutcome): void {
    this.#host.points.ended(outcome);
    if (this.#closed || this.#entries.get(entry.id) !== entry) return;
    const next = afterRun(entry.record, this.#endOf(outcome));
    if (next === undefined) this.#remove(entry);
    else this.#replace(entry.id, next);
  }

  #endOf(outcome: ScheduleOutcome, errorType?: string): RunEnd {
    const atMs = Math.trunc(this.#host.clock.epochMs());
    return errorType === undefined ? { atMs, outcome } : { atMs, outcome, errorType };
  }

  #giveUp(entry: ScheduleEntry, errorType: string): void {
    const fields = { ...this.#fields(entry, "actor.schedule.given_up"), error_type: errorType };
    this.#host.log("error", fields, "schedule was removed after its last failed run");
  }

  /** Buffers what a failed run leads to, and forgets it once that is stored. */
  #repeatFailure(entry: ScheduleEntry): void {
    const { failed, buffer } = this.#host;
    const key = this.#key(entry.id);
    const run = failed.find(key, entry.record.dueAtMs);
    if (run === undefined || this.#closed) return;
    if (run.next === undefined) {
      if (!run.reported) this.#giveUp(entry, run.errorType);
      run.reported = true;
      this.#remove(entry);
    } else this.#replace(entry.id, run.next);
    buffer.stored().then(
      () => failed.settle(key, run),
      () => {}, // the next life buffers it again
    );
  }

  #replace(id: string, record: ScheduleRecord): ScheduleEntry {
    const { buffer } = this.#host;
    const former = this.#entries.get(id);
    const formerKey = former === undefined ? undefined : this.#dueKey(former);
    if (formerKey !== undefined) buffer.delete(formerKey);
    const entry: ScheduleEntry = { id, record, phase: EntryPhase.Waiting };
    buffer.put(this.#key(id), encodeSchedule(record));
    buffer.put(this.#dueKey(entry), NOTHING);
    this.#add(entry);
    buffer.stored().then(
      () => {
        if (formerKey !== undefined) this.#removed(formerKey, id);
        this.#stored(record.dueAtMs);
      },
      () => {}, // it was not set
    );
    return entry;
  }

  #remove(entry: ScheduleEntry): void {
    const { buffer, points } = this.#host;
    this.#entries.delete(entry.id);
    points.active.add(-1);
    buffer.delete(this.#key(entry.id));
    const key = this.#dueKey(entry);
    buffer.delete(key);
    buffer.stored().then(
      () => {
        this.#removed(key, entry.id);
        this.#host.succeeded();
      },
      () => {}, // it is still due
    );
  }

  /** Forgets a due time that was removed from the store, unless it was set again. */
  #removed(key: string, id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#dueKey(entry) !== key) this.#dueKeys.delete(key);
  }

  #stored(dueAtMs: number): void {
    this.#host.succeeded();
    this.#host.notice(dueAtMs);
  }

  #add(entry: ScheduleEntry): void {
    if (!this.#entries.has(entry.id)) this.#host.points.active.add(1);
    this.#entries.set(entry.id, entry);
    this.#dueKeys.add(this.#dueKey(entry));
  }

  #key(id: string): string {
    return scheduleKey(this.#host.owner, id);
  }

  #dueKey({ id, record }: ScheduleEntry): string {
    return dueKey({ dueAtMs: record.dueAtMs, owner: this.#host.owner, id });
  }

  #fields({ id, record }: ScheduleEntry, event: string): object {
    return { event, schedule_id: id, message_type: record.message, due_at_ms: record.dueAtMs };
  }

  #requireOpen(): void {
    if (!this.#closed) return;
    throw new LimelightError(`this context of ${this.#host.actorId} is of a life that has ended`, {
      code: ErrorCode.LifeOver,
    });
  }
}

const NOTHING = new Uint8Array(0);
