import { inParallel } from "../../base/async/in-parallel.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import type { EngineFault } from "../engine/engine.ts";
import type { Removal } from "./batch-writer.ts";
import { itemOf } from "./bundle.ts";
import { exceptionHome, type Home, locate, META_ITEM, recordsHome, StreamKind } from "./home.ts";
import type { HomeApi } from "./home-api.ts";
import type { IndexMirror } from "./index-mirror.ts";
import type { NameList } from "./name-list.ts";

/** What a {@link Sweeper} works with. */
export interface SweeperParts {
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  readonly homes: HomeApi;
  readonly mirror: IndexMirror;
  readonly names: NameList;
  readonly onFault: (fault: EngineFault) => void;
  /** Returns the sequence of the last message of a stream. */
  readonly lastSequence: (stream: StreamKind) => Promise<number>;
}

/** What a sweeper has done. */
export interface SweeperCounts {
  /** Messages that were erased. */
  readonly erased: number;
  /** Messages that wait to be erased. */
  readonly waiting: number;
  /** Messages that were left to other processes, because too many wait. */
  readonly dropped: number;
}

/**
 * How long the message stays that says that a home was removed. A write that was delayed as long would find no message,
 * as it expects, and bring records back. Longer for records; the index needs it only until all mirrors have seen it.
 */
const STAYS_MS: Readonly<Record<StreamKind, number>> = {
  [StreamKind.Records]: 600_000,
  [StreamKind.Index]: 120_000,
};
const MAX_WAITING = 100_000;
const DROPS_PER_REPORT = 1_000;
/** Messages that one sweep erases; the next one goes on. */
const MAX_PER_SWEEP = 1_000;
const MAX_PARALLEL = 8;
/** Time between two looks for what processes that have ended have left; a random part is added. */
const LEFTOVERS_MS = 600_000;
/** Each actor that is created leaves a note, which is looked at once: enough for a hundred a second. */
const MAX_LEFTOVERS = 100_000;

interface WaitingRemoval extends Removal {
  readonly dueAtMs: number;
}

/** Erases the messages of removed homes after a while, and what other processes have left of them. */
export class Sweeper {
  readonly #parts: SweeperParts;
  /** In the order of their times, by stream. */
  readonly #waiting: Readonly<Record<StreamKind, WaitingRemoval[]>> = { records: [], index: [] };
  /** The last messages that this process knows of. */
  readonly #last: Record<StreamKind, number> = { records: 0, index: 0 };
  /** What the last look has found: subjects, with their sequences. */
  #suspects = new Map<string, number>();
  #timer: ClockTimer | undefined;
  #leftoversTimer: ClockTimer | undefined;
  #running: Promise<void> | undefined;
  #erased = 0;
  #dropped = 0;
  #closed = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
    this.#scheduleLeftovers();
  }

  get counts(): SweeperCounts {
    const { records, index } = this.#waiting;
    return {
      erased: this.#erased,
      dropped: this.#dropped,
      waiting: records.length + index.length,
    };
  }

  /** Takes account of a message that was stored. */
  stored(home: Home, sequence: number): void {
    this.#last[home.stream] = Math.max(this.#last[home.stream], sequence);
  }

  /** Erases the message of a removed home later. */
  add(removal: Removal): void {
    const { stream } = removal.home;
    const waiting = this.#waiting[stream];
    if (this.#closed || waiting.length >= MAX_WAITING) {
      this.#drop();
      return;
    }
    const dueAtMs = this.#parts.clock.monotonicMs() + STAYS_MS[stream];
    waiting.push({ ...removal, dueAtMs });
    if (this.#running === undefined) this.#arm();
  }

  #drop(): void {
    this.#dropped += 1;
    if (this.#closed || this.#dropped % DROPS_PER_REPORT !== 1) return;
    const text = `${this.#dropped} removals are left to be swept by others, since ${MAX_WAITING} wait`;
    this.#parts.onFault({ kind: "removals_dropped", text, error: undefined });
  }

  /** Erases nothing further. Resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#leftoversTimer?.cancel();
    await this.#running;
  }

  /**
   * Erases what processes that have ended have left: what was there at the last call, and is unchanged. Does nothing
   * while this process has no mirror of the index.
   */
  async sweepLeftovers(): Promise<void> {
    const { mirror, names } = this.#parts;
    if (!mirror.isRunning || !(await mirror.current())) return;
    const suspects: Home[] = [];
    for (const key of await names.indexKeys(undefined)) {
      if (!mirror.has(key)) suspects.push(locate(key).home);
    }
    for (const name of await names.noteNames()) {
      if (!mirror.notes.has(name)) suspects.push(exceptionHome(name));
    }
    const noted = this.#oldNotes().map(recordsHome);
    const before = this.#suspects;
    this.#suspects = new Map();
    const looked = [...suspects, ...noted].slice(0, MAX_LEFTOVERS);
    await inParallel(MAX_PARALLEL, looked, (home) => this.#look(home, before));
  }

  #oldNotes(): string[] {
    const oldMs = this.#parts.clock.monotonicMs() - 2 * STAYS_MS.records;
    return [...this.#parts.mirror.notes].flatMap(([name, { sinceMs }]) => {
      return sinceMs <= oldMs ? [name] : [];
    });
  }

  async #look(home: Home, before: ReadonlyMap<string, number>): Promise<void> {
    if (this.#closed) return;
    const bundle = await this.#parts.homes.read(home);
    if (bundle.items.length === 0 && bundle.sequence > 0) {
      this.#suspects.set(home.subject, bundle.sequence);
      if (before.get(home.subject) !== bundle.sequence) return;
      if (!(await this.#erase(home, bundle.sequence))) return;
    } else if (home.stream === StreamKind.Index) return;
    const isListed = bundle.items.length === 0 || itemOf(bundle, META_ITEM) !== undefined;
    const note = this.#parts.mirror.notes.get(home.name);
    if (home.stream === StreamKind.Records && isListed && note !== undefined) {
      await this.#removeNote(home.name, note.sequence);
    }
  }

  #arm(): void {
    this.#timer?.cancel();
    const { records, index } = this.#waiting;
    const [one, other] = [records[0]?.dueAtMs ?? Infinity, index[0]?.dueAtMs ?? Infinity];
    const dueAtMs = Math.min(one, other);
    if (this.#closed || dueAtMs === Infinity) return;
    const { clock } = this.#parts;
    const delayMs = Math.max(0, dueAtMs - clock.monotonicMs());
    this.#timer = clock.schedule(() => this.#begin(() => this.#sweep()), delayMs, KeepAlive.No);
  }

  #scheduleLeftovers(): void {
    if (this.#closed) return;
    const { clock, luck } = this.#parts;
    this.#leftoversTimer = clock.schedule(
      () => {
        this.#begin(() => this.sweepLeftovers());
        this.#scheduleLeftovers();
      },
      LEFTOVERS_MS * (1 + luck()),
      KeepAlive.No,
    );
  }

  /** What is left after an error is swept the next time. */
  #begin(sweep: () => Promise<void>): void {
    const done = (): void => {
      if (this.#running === running) this.#running = undefined;
      this.#arm();
    };
    const failed = (thrown: unknown): void => {
      this.#failed(thrown);
      done();
    };
    const running = (this.#running ?? Promise.resolve()).then(sweep).then(done, failed);
    this.#running = running;
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    const due: WaitingRemoval[] = [];
    for (const waiting of Object.values(this.#waiting)) {
      const isLater = ({ dueAtMs }: WaitingRemoval): boolean => dueAtMs > nowMs;
      const count = waiting.findIndex(isLater);
      due.push(
        ...waiting.splice(0, Math.min(MAX_PER_SWEEP, count === -1 ? waiting.length : count)),
      );
    }
    await inParallel(MAX_PARALLEL, due, async (removal) => {
      if (this.#closed) return;
      try {
        await this.#finish(removal);
      } catch (thrown) {
        this.#failed(thrown);
        this.add(removal); // tried again after the same time
      }
    });
  }

  #failed(thrown: unknown): void {
    const error = toError(thrown);
    const text = "what is left of removed actors was not erased";
    this.#parts.onFault({ kind: "sweep_failed", text, error });
  }

  async #finish(removal: Removal): Promise<void> {
    const { home, sequence, noteSequence } = removal;
    if (!(await this.#erase(home, sequence))) this.add(removal);
    else if (noteSequence !== undefined) await this.#removeNote(home.name, noteSequence);
  }

  /**
   * Erases a message, unless it is the last one of its stream: a server that is killed then might give its sequence, which
   * is a revision, to another message.
   */
  async #erase(home: Home, sequence: number): Promise<boolean> {
    const { homes, lastSequence } = this.#parts;
    if (sequence >= this.#last[home.stream]) {
      this.#last[home.stream] = await lastSequence(home.stream);
    }
    if (sequence >= this.#last[home.stream]) return false;
    await homes.erase(home, sequence);
    this.#erased += 1;
    return true;
  }

  /** Removes a note, unless it was written again. */
  async #removeNote(name: string, sequence: number): Promise<void> {
    const home = exceptionHome(name);
    const next = await this.#parts.homes.replace(home, { sequence, items: [], writes: [] }, []);
    if (next !== undefined) this.add({ home, sequence: next.sequence, noteSequence: undefined });
  }
}
