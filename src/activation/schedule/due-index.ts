import { Deferred } from "../../base/async/deferred.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { nextTurn } from "../../base/node-timers.ts";
import type { Store } from "../../store/contract/store.ts";
import {
  DUE_PREFIX,
  type DueEntry,
  dueCursor,
  type Owner,
  parseDueKey,
} from "../records/record-keys.ts";
import { LaterWakes } from "./later-wakes.ts";

/** Number of due times read at once. */
const PAGE = 256;
/** Number of actors being woken at once; further ones are woken when one of them has started. */
const MAX_WAKING = 64;
/** The wall clock is read at least this often, since it may be set while a timer is pending. */
const MAX_SLEEP_MS = 60_000;
const FIRST_RETRY_MS = 1_000;

/** What a {@link DueIndex} works with. */
export interface DueIndexParts {
  readonly store: Pick<Store, "listKeys">;
  readonly clock: Clock;
  /** Whether actors of the type can be woken. */
  isKnown(type: string): boolean;
  /**
   * Wakes the actor if it sleeps and gives it the entry. Resolves when it has taken the entry over, or has found that
   * there is none; rejects when it could not start.
   */
  fire(entry: DueEntry): Promise<void>;
  /**
   * Everything is read again after this time, for a store that other processes write to: what they have stored may not
   * have been noticed. Default: never.
   */
  readonly rescanMs?: number | undefined;
  /** Called once for each type that has due entries and is not known. They stay due. */
  unknownType(type: string): void;
  /** Called when the due times could not be read. They are read again after `retryMs`. */
  unreadable(error: Error, retryMs: number): void;
}

/**
 * The due times of all schedules of a store, in order. Wakes actors when they are due, whether they sleep or not.
 *
 * An entry stays in the store until a commit of its actor removes it. The index only remembers up to where it has handed
 * entries out, and goes back when it learns of an earlier one. It holds one page in memory and has one timer, however
 * many entries there are.
 */
export class DueIndex {
  readonly #parts: DueIndexParts;
  readonly #later: LaterWakes;
  readonly #waking = new Set<Promise<void>>();
  readonly #warned = new Set<string>();
  /** Everything up to this key was handed out; `undefined`: nothing was. */
  #position: string | undefined;
  /** The earliest due time that may not have been handed out yet. */
  #nextDueMs = Infinity;
  #timer: ClockTimer | undefined;
  #reading: Promise<void> | undefined;
  #rescan: ClockTimer | undefined;
  /** How long the next reading must wait, because the last one failed. */
  #retryMs: number | undefined;
  #freed: Deferred<void> | undefined;
  #closed = false;

  constructor(parts: DueIndexParts) {
    this.#parts = parts;
    this.#later = new LaterWakes(parts.clock, (dueAtMs) => this.notice(dueAtMs));
  }

  /** Hands out everything that is due: at the start of the system, and when a type becomes known. */
  scan(): void {
    this.notice(0);
    const { clock, rescanMs } = this.#parts;
    if (this.#closed || rescanMs === undefined) return;
    this.#rescan?.cancel();
    this.#rescan = clock.schedule(() => this.scan(), rescanMs, KeepAlive.No);
  }

  /** Hands out nothing until the next {@link DueIndex.scan}: another process does. */
  pause(): void {
    this.#rescan?.cancel();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#nextDueMs = Infinity;
    this.#later.close();
  }

  /** Takes account of an entry that was stored, or that was handed out and is still due. */
  notice(dueAtMs: number): void {
    if (this.#closed || dueAtMs >= this.#nextDueMs) return;
    this.#nextDueMs = dueAtMs;
    if (this.#reading === undefined) this.#arm();
  }

  /** Hands an entry out again after a time that grows with each call for the same actor. */
  retry({ owner, dueAtMs }: Omit<DueEntry, "id">): void {
    if (!this.#closed) this.#later.add(nameOf(owner), dueAtMs);
  }

  /** Takes account of a result that was stored: the next retry for the actor begins with the shortest time. */
  succeeded(owner: Owner): void {
    this.#later.forget(nameOf(owner));
  }

  /** Wakes no further actors. */
  stop(): void {
    this.#closed = true;
    this.pause();
    this.#freed?.resolve();
  }

  /** Resolves when nothing is being read or woken any more. */
  async close(): Promise<void> {
    this.stop();
    await this.#reading;
    await Promise.all(this.#waking);
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#closed || this.#nextDueMs === Infinity) return;
    const leftMs = this.#nextDueMs - this.#parts.clock.epochMs();
    const delayMs = Math.min(Math.max(leftMs, this.#retryMs ?? 0), MAX_SLEEP_MS);
    if (delayMs <= 0) {
      this.#read();
      return;
    }
    const check = (): void => (this.#isDue() ? this.#read() : this.#arm());
    this.#timer = this.#parts.clock.schedule(check, delayMs, KeepAlive.Yes);
  }

  #isDue(): boolean {
    return this.#nextDueMs <= this.#parts.clock.epochMs();
  }

  #read(): void {
    this.#timer = undefined;
    this.#reading = this.#readAll().finally(() => {
      this.#reading = undefined;
      this.#arm();
    });
  }

  async #readAll(): Promise<void> {
    const fromMs = this.#nextDueMs;
    try {
      do await this.#readDue();
      while (this.#isDue() && !this.#closed);
      this.#retryMs = undefined;
    } catch (thrown) {
      this.#nextDueMs = Math.min(this.#nextDueMs, fromMs);
      const error = toError(thrown);
      const closed = LimelightError.is(error) && error.code === ErrorCode.StoreClosed;
      if (closed) this.stop();
      if (this.#closed) return;
      this.#retryMs = Math.min(2 * (this.#retryMs ?? FIRST_RETRY_MS / 2), MAX_SLEEP_MS);
      this.#parts.unreadable(error, this.#retryMs);
    }
  }

  /** Hands out what is due, page by page, up to the first entry that is not. */
  async #readDue(): Promise<void> {
    const from = dueCursor(this.#nextDueMs);
    if (this.#position !== undefined && from < this.#position) this.#position = from;
    this.#nextDueMs = Infinity;
    for (;;) {
      const after = this.#position === undefined ? {} : { cursor: this.#position };
      const page = await this.#parts.store.listKeys(DUE_PREFIX, { limit: PAGE, ...after });
      const allDue = await this.#handOutAll(page.keys);
      if (!allDue || page.cursor === undefined) return;
      await nextTurn(); // the store may answer from memory: others must get their turn between pages
    }
  }

  /** @returns whether all of a page was due */
  async #handOutAll(keys: readonly string[]): Promise<boolean> {
    for (const key of keys) {
      if (this.#closed) return false;
      const entry = parseDueKey(key);
      if (entry !== undefined && entry.dueAtMs > this.#parts.clock.epochMs()) {
        this.notice(entry.dueAtMs);
        return false;
      }
      this.#position = key;
      if (entry !== undefined) this.#handOut(entry);
      if (this.#waking.size >= MAX_WAKING) await this.#room();
    }
    return true;
  }

  #handOut(entry: DueEntry): void {
    if (!this.#parts.isKnown(entry.owner.type)) {
      this.#warn(entry.owner.type);
      return;
    }
    if (this.#parts.rescanMs !== undefined && this.#later.has(nameOf(entry.owner))) {
      this.retry(entry); // it is read again and again, and keeps the time of its next attempt
      return;
    }
    const waking = this.#wake(entry);
    this.#waking.add(waking);
    void waking.then(() => {
      this.#waking.delete(waking);
      this.#freed?.resolve();
    });
  }

  /** Resolves when another actor may be woken. */
  async #room(): Promise<void> {
    while (this.#waking.size >= MAX_WAKING && !this.#closed) {
      this.#freed = new Deferred();
      await this.#freed.promise;
    }
  }

  async #wake(entry: DueEntry): Promise<void> {
    try {
      await this.#parts.fire(entry);
    } catch {
      this.retry(entry); // the failed start is reported where it failed
    }
  }

  #warn(type: string): void {
    if (this.#warned.has(type)) return;
    this.#warned.add(type);
    this.#parts.unknownType(type);
  }
}

function nameOf({ type, keyText }: Owner): string {
  return `${type}/${keyText}`;
}
