import type { Clock } from "../../base/clock.ts";
import { DueHeap } from "../../base/due-heap.ts";
import { MAX_BACKOFF_MS } from "../decisions/transitions.ts";
import {
  type PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../protocol/placement-record.ts";
import type { ClusterTimings } from "../protocol/timings.ts";

/** What the coordinator keeps in memory of one placement. */
export interface IndexEntry {
  readonly address: string;
  revision: number;
  status: PlacementStatus;
  runnerId: string | undefined;
  generation: number;
  sinceMs: number;
  /** When something is to be done, in milliseconds since the epoch; `Infinity`: never. */
  dueMs: number;
  /** When a start or stop is overdue, in milliseconds since the epoch. */
  deadlineMs: number;
  commandIndex: number;
  eventIndex: number;
  attempts: number;
  notBeforeMs: number;
  reason: PlacementReason;
  carriedFrom: string | undefined;
  /** Whether the record has nothing besides what is here; otherwise it is read when it is needed. */
  isWhole: boolean;
  /** Index of the last command of the generation that this coordinator has appended; 0: none that it knows of. */
  sentIndex: number;
  /** When the placement was decided, on the monotonic clock; `undefined` if by another coordinator. */
  decidedAtMs: number | undefined;
  /** Of an actor that was lost with its runner, until it runs again. */
  lost: { readonly from: string; readonly sinceMs: number } | undefined;
}

const NONE: ReadonlySet<IndexEntry> = new Set();

/** Returns the record of an entry; `undefined` if it has to be read. */
export function rememberedRecord(entry: IndexEntry): PlacementRecord | undefined {
  if (!entry.isWhole) return undefined;
  const { address, status, runnerId, generation, commandIndex, eventIndex } = entry;
  const { attempts, notBeforeMs, deadlineMs, sinceMs, reason } = entry;
  return {
    version: 1,
    address,
    status,
    runnerId,
    generation,
    commandIndex,
    eventIndex,
    attempts,
    notBeforeMs,
    deadlineMs,
    sinceMs,
    reason,
    outbox: [],
    writeId: "", // each write has a new one
    ...(entry.carriedFrom === undefined ? {} : { carriedFrom: entry.carriedFrom }),
  };
}

/**
 * All placements as far as they have to be known to find what is to be done: built by one watch in each term. Decisions
 * that turn out to be based on an old entry are refused by compare-and-set.
 */
export class PlacementIndex {
  readonly #clock: Clock;
  readonly #timings: ClusterTimings;
  readonly #entries = new Map<string, IndexEntry>();
  readonly #byRunner = new Map<string, Set<IndexEntry>>();
  readonly #pending = new Set<IndexEntry>();
  readonly #due = new DueHeap<IndexEntry>();
  /** Those that nothing is done with but to be deleted one day, in about the order of that. */
  readonly #asleep = new Set<IndexEntry>();
  readonly #counts = new Map<PlacementStatus, number>();
  /** Whether all placements are known. */
  isCurrent = false;

  constructor(clock: Clock, timings: ClusterTimings) {
    this.#clock = clock;
    this.#timings = timings;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(address: string): IndexEntry | undefined {
    return this.#entries.get(address);
  }

  /** Runners that placements name. */
  runners(): Iterable<string> {
    return this.#byRunner.keys();
  }

  /** Placements on a runner. */
  on(runnerId: string): ReadonlySet<IndexEntry> {
    return this.#byRunner.get(runnerId) ?? NONE;
  }

  /** Placements that no runner fitted, oldest first. */
  get pending(): ReadonlySet<IndexEntry> {
    return this.#pending;
  }

  /** Number of placements by status. */
  counts(): Readonly<Partial<Record<PlacementStatus, number>>> {
    return Object.fromEntries(this.#counts);
  }

  /** Returns a placement that is due, and does not return it again until it has changed or {@link PlacementIndex.later}. */
  nextDue(nowMs: number): IndexEntry | undefined {
    for (;;) {
      const entry = this.#due.pop(nowMs);
      if (entry === undefined) return this.#nextAsleep(nowMs);
      // Others have changed since they were put there, and have a later place.
      if (this.#entries.get(entry.address) === entry && entry.dueMs <= nowMs) {
        entry.dueMs = Number.POSITIVE_INFINITY;
        return entry;
      }
    }
  }

  #nextAsleep(nowMs: number): IndexEntry | undefined {
    for (const entry of this.#asleep) {
      if (entry.dueMs > nowMs) return undefined;
      this.#asleep.delete(entry);
      entry.dueMs = Number.POSITIVE_INFINITY;
      return entry;
    }
    return undefined;
  }

  /** Looks at a placement again, that could not be dealt with. */
  later(entry: IndexEntry, dueMs: number): void {
    if (this.#entries.get(entry.address) !== entry) return;
    this.#setDue(entry, Math.min(entry.dueMs, dueMs));
  }

  /** Takes a record as it was read or written. Older ones than what is known have no effect. Returns the entry. */
  set(record: PlacementRecord, revision: number): IndexEntry | undefined {
    const known = this.#entries.get(record.address);
    if (known !== undefined && known.revision >= revision) return undefined;
    const entry = known ?? this.#add(record);
    if (known !== undefined) this.#unlink(known);
    if (entry.generation !== record.generation) {
      entry.sentIndex = 0;
      entry.decidedAtMs = undefined;
    }
    entry.revision = revision;
    entry.status = record.status;
    entry.runnerId = this.#sameText(record.runnerId);
    entry.generation = record.generation;
    entry.sinceMs = record.sinceMs;
    entry.commandIndex = record.commandIndex;
    entry.eventIndex = record.eventIndex;
    entry.attempts = record.attempts;
    entry.notBeforeMs = record.notBeforeMs;
    entry.reason = record.reason;
    entry.carriedFrom = record.carriedFrom;
    entry.isWhole = record.outbox.length === 0 && record.input === undefined;
    // Times of a coordinator whose clock is ahead are cut to the longest that this one would have set.
    const longestMs = this.#clock.epochMs() + this.#timings.startDeadlineMs;
    entry.deadlineMs = Math.min(record.deadlineMs, longestMs);
    this.#link(entry);
    this.#setDue(entry, this.#dueOf(record, entry.deadlineMs));
    return entry;
  }

  /** A record is gone. */
  remove(address: string): void {
    const entry = this.#entries.get(address);
    if (entry === undefined) return;
    this.#unlink(entry);
    this.#entries.delete(address);
  }

  /** Returns the one text that all entries share. */
  #sameText(runnerId: string | undefined): string | undefined {
    if (runnerId === undefined) return undefined;
    for (const { runnerId: known } of this.on(runnerId)) return known;
    return runnerId;
  }

  #add({ address, status, reason }: PlacementRecord): IndexEntry {
    const entry: IndexEntry = {
      address,
      revision: 0,
      status,
      runnerId: undefined,
      generation: 0,
      sinceMs: 0,
      dueMs: Number.POSITIVE_INFINITY,
      deadlineMs: 0,
      commandIndex: 0,
      eventIndex: 0,
      attempts: 0,
      notBeforeMs: 0,
      reason,
      carriedFrom: undefined,
      isWhole: false,
      sentIndex: 0,
      decidedAtMs: undefined,
      lost: undefined,
    };
    this.#entries.set(address, entry);
    return entry;
  }

  #link(entry: IndexEntry): void {
    this.#counts.set(entry.status, (this.#counts.get(entry.status) ?? 0) + 1);
    if (entry.status === PlacementStatus.Pending) this.#pending.add(entry);
    if (entry.runnerId === undefined) return;
    const there = this.#byRunner.get(entry.runnerId);
    if (there === undefined) this.#byRunner.set(entry.runnerId, new Set([entry]));
    else there.add(entry);
  }

  #unlink(entry: IndexEntry): void {
    this.#counts.set(entry.status, (this.#counts.get(entry.status) ?? 0) - 1);
    this.#pending.delete(entry);
    this.#asleep.delete(entry);
    if (entry.runnerId === undefined) return;
    const there = this.#byRunner.get(entry.runnerId);
    there?.delete(entry);
    if (there?.size === 0) this.#byRunner.delete(entry.runnerId);
  }

  #setDue(entry: IndexEntry, dueMs: number): void {
    entry.dueMs = dueMs;
    if (isAtRest(entry.status)) this.#asleep.add(entry);
    else if (dueMs < Number.POSITIVE_INFINITY) this.#due.push(dueMs, entry);
  }

  /** Returns when a sweep has to look at a record. */
  #dueOf(record: PlacementRecord, deadlineMs: number): number {
    const nowMs = this.#clock.epochMs();
    const { keepAsleepMs } = this.#timings;
    // What another coordinator has left may not be in the log.
    const outboxMs = this.isCurrent ? this.#timings.outboxMs : 0;
    switch (record.status) {
      case PlacementStatus.Starting:
      case PlacementStatus.Stopping:
        return record.outbox.length > 0 ? Math.min(deadlineMs, nowMs + outboxMs) : deadlineMs;
      case PlacementStatus.Running:
        return record.outbox.length > 0 ? nowMs + outboxMs : Number.POSITIVE_INFINITY;
      case PlacementStatus.Backoff:
        return Math.min(record.notBeforeMs, nowMs + MAX_BACKOFF_MS);
      case PlacementStatus.Pending:
        return record.deadlineMs > 0 ? record.deadlineMs : Number.POSITIVE_INFINITY;
      case PlacementStatus.Asleep:
      case PlacementStatus.Failed:
        return Math.min(record.sinceMs, nowMs) + keepAsleepMs;
    }
  }
}

function isAtRest(status: PlacementStatus): boolean {
  return status === PlacementStatus.Asleep || status === PlacementStatus.Failed;
}
