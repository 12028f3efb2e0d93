import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import type { Store } from "../../store/contract/store.ts";
import { type Removal, removeStored } from "../activation/stored-removal.ts";
import { EXPIRY_PREFIX, type Owner, parseExpiryKey } from "../records/record-keys.ts";

/** Number of expiries read at once. */
const PAGE = 256;
/** Removals under way at a time. */
const MAX_REMOVALS = 8;
/** The wall clock is read at least this often, since it may be set while the timer is pending. */
const MAX_SLEEP_MS = 60_000;
const RETRY_MS = 1_000;

/** An entry of the index. */
interface Expiry {
  readonly owner: Owner;
  readonly expiresAtMs: number;
}

/** What a {@link Retention} works with. */
export interface RetentionParts {
  readonly store: Store;
  readonly clock: Clock;
  /**
   * Takes a key for the time of its removal, so that a wake waits for it.
   *
   * @returns gives it back; `undefined` if the actor is not asleep
   */
  take(owner: Owner): (() => void) | undefined;
  /** Whether the actor's schedules wake it: its type is defined. */
  isWakeable(owner: Owner): boolean;
  /**
   * Runs a removal while no other process starts the actor. Resolves with `undefined` if one has it awake. Default: there
   * are no other processes, of whose expiries nothing would be known either.
   */
  readonly exclusively?:
    | (<Value>(owner: Owner, work: () => Promise<Value>) => Promise<Value | undefined>)
    | undefined;
  removed(owner: Owner, removal: Removal): void;
  /** Called when expiries could not be read, or an actor not be removed. It is tried again. */
  failed(error: Error, owner: Owner | undefined): void;
}

/**
 * Removes sleeping actors that have expired, without waking them.
 *
 * Expiries are an index of the store in order of time. One page of it is in memory while it is read, and there is one
 * timer, however many actors there are.
 */
export class Retention {
  readonly #parts: RetentionParts;
  #timer: ClockTimer | undefined;
  /** When the timer fires, in milliseconds since the epoch. */
  #wakesAtMs = Number.POSITIVE_INFINITY;
  #sweep: Promise<void> | undefined;
  /** The earliest expiry learned of during a sweep. */
  #learnedMs = Number.POSITIVE_INFINITY;
  #closed = false;
  /** With other processes, nothing is read before this one is told to. */
  #paused: boolean;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#paused = parts.exclusively !== undefined;
  }

  /** Reads the index for the first time. */
  start(): void {
    this.#paused = false;
    this.notice(0);
  }

  /** Learns that an actor expires at `atMs`, in milliseconds since the epoch. */
  notice(atMs: number): void {
    if (this.#closed || this.#paused) return;
    if (this.#sweep !== undefined) this.#learnedMs = Math.min(this.#learnedMs, atMs);
    else if (atMs < this.#wakesAtMs) this.#arm(atMs);
  }

  /** Removes nothing until the next {@link Retention.start}: another process does. */
  pause(): void {
    this.#paused = true;
    this.#timer?.cancel();
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
  }

  /** Resolves when no removal is under way. No further one begins. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#sweep;
  }

  #arm(atMs: number): void {
    this.#timer?.cancel();
    const { clock } = this.#parts;
    const nowMs = clock.epochMs();
    this.#wakesAtMs = Math.min(Math.max(atMs, nowMs), nowMs + MAX_SLEEP_MS);
    this.#timer = clock.schedule(() => this.#begin(), this.#wakesAtMs - nowMs, KeepAlive.No);
  }

  #begin(): void {
    this.#timer = undefined;
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    this.#learnedMs = Number.POSITIVE_INFINITY;
    this.#sweep = this.#run(); // never rejects
  }

  async #run(): Promise<void> {
    let nextMs: number;
    try {
      nextMs = await this.#removeExpired();
    } catch (thrown) {
      this.#parts.failed(toError(thrown), undefined);
      nextMs = this.#parts.clock.epochMs() + RETRY_MS;
    }
    this.#sweep = undefined;
    let atMs = Math.min(nextMs, this.#learnedMs);
    // Other processes store expiries as well.
    const { clock, exclusively } = this.#parts;
    if (exclusively !== undefined) atMs = Math.min(atMs, clock.epochMs() + MAX_SLEEP_MS);
    if (!this.#closed && !this.#paused && atMs !== Number.POSITIVE_INFINITY) this.#arm(atMs);
  }

  /** Returns when the next actor expires, as far as the index says. */
  async #removeExpired(): Promise<number> {
    const { store, clock } = this.#parts;
    const underWay = new Set<Promise<void>>();
    let retryMs = Number.POSITIVE_INFINITY;
    let cursor: string | undefined;
    do {
      const options = cursor === undefined ? { limit: PAGE } : { limit: PAGE, cursor };
      const page = await store.listKeys(EXPIRY_PREFIX, options);
      for (const key of page.keys) {
        const expiry = parseExpiryKey(key);
        if (expiry === undefined) continue;
        if (expiry.expiresAtMs > clock.epochMs() || this.#closed || this.#paused) {
          await Promise.all(underWay);
          return Math.min(expiry.expiresAtMs, retryMs);
        }
        const removal = this.#remove(key, expiry).then((isDone) => {
          underWay.delete(removal);
          if (!isDone) retryMs = clock.epochMs() + RETRY_MS;
        });
        underWay.add(removal);
        if (underWay.size >= MAX_REMOVALS) await Promise.race(underWay);
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    await Promise.all(underWay);
    return retryMs;
  }

  /** Returns false if it has to be tried again. An actor in memory is looked at again when it has ended. */
  async #remove(key: string, expiry: Expiry): Promise<boolean> {
    const { exclusively, failed, take } = this.#parts;
    const giveBack = take(expiry.owner);
    if (giveBack === undefined) return true;
    try {
      const work = (): Promise<boolean> => this.#removeTaken(key, expiry);
      if (exclusively === undefined) return await work();
      return (await exclusively(expiry.owner, work)) ?? true;
    } catch (thrown) {
      failed(toError(thrown), expiry.owner); // whether it is awake elsewhere is not known
      return false;
    } finally {
      giveBack();
    }
  }

  async #removeTaken(key: string, { owner, expiresAtMs }: Expiry): Promise<boolean> {
    const { store, clock } = this.#parts;
    try {
      let isAboutToWake = false;
      const removal = await removeStored(store, owner, (meta, firstDueMs) => {
        if (meta?.expiresAtMs !== expiresAtMs) return false;
        // A schedule that became due while no process ran wakes the actor, which counts as a use.
        isAboutToWake = firstDueMs <= clock.epochMs() && this.#parts.isWakeable(owner);
        return !isAboutToWake;
      });
      if (removal !== undefined) this.#parts.removed(owner, removal);
      else if (!isAboutToWake) await store.delete(key); // the actor no longer exists, or was used since
      return true;
    } catch (thrown) {
      this.#parts.failed(toError(thrown), owner);
      return false;
    }
  }
}
