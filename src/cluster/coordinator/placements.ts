import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { commandMessage } from "../codec/command-codec.ts";
import { encodePlacement, placementIn } from "../codec/placement-codec.ts";
import { type DecisionParts, isPlaced } from "../decisions/transitions.ts";
import type { EngineSession } from "../engine/engine.ts";
import { NO_ENTRY } from "../engine/key-value.ts";
import { resolveWrite } from "../engine/resolve-write.ts";
import type { Command } from "../protocol/commands.ts";
import { type PlacementRecord, PlacementStatus } from "../protocol/placement-record.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import { type IndexEntry, type PlacementIndex, rememberedRecord } from "./placement-index.ts";
import { reportChange } from "./report-change.ts";
import type { Term } from "./term.ts";

/** Conflicts in a row after which a decision is given up. */
const MAX_ROUNDS = 5;

/** A decision to delete the record. */
export const REMOVE = "remove";

/**
 * Returns the next record, {@link REMOVE}, or `undefined` if nothing is to change. May be called several times: after a
 * conflict, with the record as it is now. Must be pure.
 */
export type Decide = (
  record: PlacementRecord | undefined,
  parts: DecisionParts,
) => PlacementRecord | typeof REMOVE | undefined;

/** What {@link Placements} work with. */
export interface PlacementsParts {
  readonly session: Pick<EngineSession, "placements" | "commands">;
  readonly clock: Clock;
  readonly luck: () => number;
  readonly newId: () => string;
  readonly timings: ClusterTimings;
  readonly term: Term;
  readonly index: PlacementIndex;
  readonly observer: CoordinatorObserver;
  /** Called when a record has changed. */
  readonly changed: (address: string) => void;
}

/** A record and its revision; the revision is `NO_ENTRY` if there is none. */
interface Current {
  readonly record: PlacementRecord | undefined;
  readonly revision: number;
  /** Whether it was read, rather than remembered. */
  readonly isFresh: boolean;
}

/** A record after a decision. */
interface Written {
  readonly record: PlacementRecord | undefined;
  /** Whether the decision has changed it. */
  readonly isNew: boolean;
}

/** Changes placement records, each by compare-and-set, and appends the commands of their outboxes. */
export class Placements {
  readonly #parts: PlacementsParts;
  /** What is under way for each address. */
  readonly #chains = new Map<string, Promise<void>>();

  constructor(parts: PlacementsParts) {
    this.#parts = parts;
  }

  /** Number of addresses for which something is under way. */
  get active(): number {
    return this.#chains.size;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#chains.size > 0) await Promise.all(this.#chains.values());
  }

  /**
   * Decides about an actor and writes what was decided; the loser of a race decides anew. Commands that follow are
   * appended after this has resolved, and before anything else is decided about the actor.
   *
   * Returns the record as it is now. Rejects as the engine does; what was written then is unknown, or nothing.
   *
   * @param causedAtMs when the cause was there, on the monotonic clock; default: now
   */
  update(
    address: string,
    decide: Decide,
    causedAtMs: number = this.#parts.clock.monotonicMs(),
  ): Promise<PlacementRecord | undefined> {
    const result = new Deferred<PlacementRecord | undefined>();
    this.#chain(address, async () => {
      let written: Written;
      try {
        written = await this.#write(address, decide, causedAtMs);
      } catch (error) {
        result.reject(error);
        return;
      }
      const { record, isNew } = written;
      result.resolve(record);
      if (isPlaced(record)) await this.#send(record, record.runnerId, !isNew);
    });
    return result.promise;
  }

  /** Appends the commands of an outbox again. Never rejects. */
  async resend(address: string): Promise<void> {
    const done = new Deferred<void>();
    this.#chain(address, async () => {
      try {
        const { record } = await this.#read(address);
        if (isPlaced(record)) await this.#send(record, record.runnerId, true);
      } catch (error) {
        this.#parts.observer.failed("placement could not be read", error);
      }
      done.resolve();
    });
    await done.promise;
  }

  #chain(address: string, step: () => Promise<void>): void {
    const before = this.#chains.get(address);
    const chain = (before === undefined ? step() : before.then(step)).then(() => {
      if (this.#chains.get(address) === chain) this.#chains.delete(address);
    });
    this.#chains.set(address, chain);
  }

  async #write(address: string, decide: Decide, causedAtMs: number): Promise<Written> {
    const { term } = this.#parts;
    let current = this.#remembered(address) ?? (await this.#read(address));
    for (let round = 1; ; round += 1) {
      term.require();
      const decided = decide(current.record, this.#decisionParts(current.record));
      if (decided === undefined) {
        if (current.isFresh) return { record: current.record, isNew: false };
        current = await this.#read(address); // nothing is decided by an old memory
        continue;
      }
      try {
        const record =
          decided === REMOVE
            ? await this.#remove(address, current)
            : await this.#put(this.#cleared(current, decided), current, causedAtMs);
        return { record, isNew: true };
      } catch (error) {
        this.#forget(address);
        if (!isConflict(error) || round >= MAX_ROUNDS) throw error;
        current = await this.#read(address);
      }
    }
  }

  #decisionParts(record: PlacementRecord | undefined): DecisionParts {
    const { clock, timings, luck, newId } = this.#parts;
    const sentIndex = record === undefined ? 0 : this.#sentIndex(record.address, record.generation);
    return { nowMs: clock.epochMs(), timings, luck, newId, sentIndex };
  }

  #remembered(address: string): Current | undefined {
    const { index } = this.#parts;
    const entry = index.find(address);
    if (entry === undefined) {
      return index.isCurrent
        ? { record: undefined, revision: NO_ENTRY, isFresh: false }
        : undefined;
    }
    const record = rememberedRecord(entry);
    return record && { record, revision: entry.revision, isFresh: false };
  }

  async #read(address: string): Promise<Current> {
    const { session, index } = this.#parts;
    const entry = await session.placements.read(address);
    if (entry === undefined) {
      index.remove(address);
      return { record: undefined, revision: NO_ENTRY, isFresh: true };
    }
    const record = placementIn(entry);
    index.set(record, entry.revision);
    return { record, revision: entry.revision, isFresh: true };
  }

  async #put(next: PlacementRecord, before: Current, causedAtMs: number): Promise<PlacementRecord> {
    const { session, index, clock, luck, term, observer, changed } = this.#parts;
    const key = next.address;
    const revision = await resolveWrite(
      session.placements,
      { key, value: encodePlacement(next), expectedRevision: before.revision },
      { clock, luck, signal: term.signal, resolved: (what) => observer.writeResolved(what) },
    );
    index.set(next, revision);
    const entry = index.find(key);
    const nowMs = clock.monotonicMs();
    if (entry !== undefined) {
      reportChange({ before: before.record, after: next, entry, observer, nowMs, causedAtMs });
    }
    changed(key);
    return next;
  }

  async #remove(address: string, { revision }: Current): Promise<undefined> {
    const { session, index, changed } = this.#parts;
    await session.placements.remove(address, { expectedRevision: revision });
    index.remove(address);
    changed(address);
    return undefined;
  }

  /** Drops commands that are in the log from the outbox of an actor that runs. */
  #cleared({ record }: Current, next: PlacementRecord): PlacementRecord {
    const { address, generation, status, outbox } = next;
    if (outbox.length === 0 || generation !== record?.generation) return next;
    if (status !== PlacementStatus.Running) return next;
    const sentIndex = this.#sentIndex(address, generation);
    return { ...next, outbox: outbox.filter(({ checkpoint }) => checkpoint.index > sentIndex) };
  }

  #sentIndex(address: string, generation: number): number {
    const entry = this.#parts.index.find(address);
    return entry?.generation === generation ? entry.sentIndex : 0;
  }

  /** The record is read when it is needed next: it may have changed, or may still change. */
  #forget(address: string): void {
    const entry = this.#parts.index.find(address);
    if (entry !== undefined) entry.isWhole = false;
  }

  async #send(record: PlacementRecord, runnerId: string, isReplay: boolean): Promise<void> {
    const { session, term, observer, index } = this.#parts;
    const { address, generation } = record;
    const sent: Command[] = [];
    const after = this.#sentIndex(address, generation);
    try {
      for (const command of record.outbox) {
        if (command.checkpoint.index <= after) continue;
        term.require();
        await session.commands.append(commandMessage(runnerId, command));
        sent.push(command);
      }
    } catch (error) {
      // They stay in the outbox of the record, and are appended by a sweep.
      observer.failed("command could not be appended", error);
    }
    const last = sent.at(-1);
    if (last === undefined) return;
    markSent(index.find(address), generation, last.checkpoint.index);
    observer.commandsSent(runnerId, sent, isReplay);
  }
}

function markSent(entry: IndexEntry | undefined, generation: number, sentIndex: number): void {
  if (entry?.generation === generation) entry.sentIndex = Math.max(entry.sentIndex, sentIndex);
}

function isConflict(error: unknown): boolean {
  return LimelightError.is(error) && error.code === ErrorCode.EngineConflict;
}
