import { Deferred } from "../../base/async/deferred.ts";

/** Limits of the keys of a system that are in memory. */
export interface ResidentLimits {
  /** Keys in memory; may be infinite. */
  readonly maxResident: number;
  /** Keys that wait for one of them to leave. */
  readonly maxWaitingKeys: number;
}

/** What the residents need of the activations. */
export interface ResidentActions<Entry> {
  /** Puts the activation to sleep that has been idle for the longest time. Returns its key, if there is one. */
  evict(): Entry | undefined;
  /** Called when a key was admitted above the limit. */
  exceeded(entry: Entry, residents: number): void;
}

/** An activation that waits for admission. */
interface Waiting<Entry, Stay> {
  readonly entry: Entry;
  readonly stay: Stay;
  readonly admitted: Deferred<void>;
}

/**
 * Limits the keys that are in memory at a time.
 *
 * A key has one permit, from before its records are loaded until its activation has ended and its writes have settled.
 * Keys that find none wait in order. As many residents as keys wait are put to sleep, the longest idle first, at once or
 * as soon as they become idle. Everything happens when a key is admitted, becomes idle or leaves: nothing is polled and
 * there is no timer.
 *
 * A key that a resident's own code wakes is admitted at once, up to twice the limit. Otherwise residents could wait for
 * keys that wait for them to leave.
 *
 * @typeParam Entry a key
 * @typeParam Stay an activation of it
 */
export class Residents<Entry extends object, Stay extends object> {
  readonly #limits: ResidentLimits;
  readonly #actions: ResidentActions<Entry>;
  /** By key, how many of its activations have been admitted and have not ended. */
  readonly #residents = new Map<Entry, number>();
  /** These activations. */
  readonly #stays = new Set<Stay>();
  /** Residents that end or are about to, so that their permits become free. */
  readonly #leaving = new Set<Entry>();
  /** In the order in which they came. */
  readonly #waiting = new Map<Stay, Waiting<Entry, Stay>>();
  #closing = false;

  constructor(limits: ResidentLimits, actions: ResidentActions<Entry>) {
    this.#limits = limits;
    this.#actions = actions;
  }

  /** Number of keys in memory. */
  get size(): number {
    return this.#residents.size;
  }

  /** Number of activations that wait for admission. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Whether a key that is not in memory would have to wait, and too many wait already.
   *
   * @param entry `undefined` for a key that is asleep
   */
  refuses(entry: Entry | undefined, isNested: boolean): boolean {
    if (this.#waiting.size < this.#limits.maxWaitingKeys || this.#closing) return false;
    if (entry !== undefined && this.#residents.has(entry)) return false;
    return !isNested || !this.#mayExceed();
  }

  /**
   * Admits an activation.
   *
   * @param isNested whether the code of a resident wakes the key
   * @returns `undefined` if it is admitted at once; otherwise resolves when it is
   */
  admit(entry: Entry, stay: Stay, isNested: boolean): Promise<void> | undefined {
    if (this.#admitsAtOnce(entry, isNested)) {
      this.#enter(entry, stay);
      return undefined;
    }
    const admitted = new Deferred<void>();
    this.#waiting.set(stay, { entry, stay, admitted });
    this.#makeRoom();
    return admitted.promise;
  }

  /** Admits an activation that waits, since the code of a resident waits for it. */
  hasten(stay: Stay): void {
    const waiting = this.#waiting.get(stay);
    if (waiting === undefined || !this.#mayExceed()) return;
    this.#grant(waiting);
  }

  /** Called when nothing keeps an activation awake. */
  idle(): void {
    this.#makeRoom();
  }

  /** Called when an activation begins to end, for whatever reason. */
  ending(entry: Entry): void {
    if (this.#residents.has(entry)) this.#leaving.add(entry);
  }

  /** Called when an activation has ended and its writes have settled. */
  ended(entry: Entry, stay: Stay): void {
    const waiting = this.#waiting.get(stay);
    if (waiting !== undefined) {
      // Killed while it waited. Its start goes on, and finds that it has ended.
      this.#waiting.delete(stay);
      waiting.admitted.resolve();
      return;
    }
    if (!this.#stays.delete(stay)) return;
    const left = (this.#residents.get(entry) ?? 0) - 1;
    if (left > 0) {
      this.#residents.set(entry, left);
      return;
    }
    this.#leaving.delete(entry);
    this.#residents.delete(entry);
    this.#admitNext();
  }

  /** Ends all waits with `error`. What the drain of a shutdown still wakes is admitted at once. */
  close(error: Error): void {
    this.#closing = true;
    for (const { admitted } of this.#waiting.values()) admitted.reject(error);
    this.#waiting.clear();
  }

  #admitsAtOnce(entry: Entry, isNested: boolean): boolean {
    if (this.#closing) return true;
    // The permit of the activation before passes to the next one of the key, unless others wait for it.
    if (this.#residents.has(entry)) return !this.#leaving.has(entry) || this.#waiting.size === 0;
    if (this.#waiting.size === 0 && this.#residents.size < this.#limits.maxResident) return true;
    return isNested && this.#mayExceed();
  }

  #mayExceed(): boolean {
    return this.#residents.size < 2 * this.#limits.maxResident;
  }

  #enter(entry: Entry, stay: Stay): void {
    this.#leaving.delete(entry);
    this.#stays.add(stay);
    const before = this.#residents.get(entry) ?? 0;
    this.#residents.set(entry, before + 1);
    if (before > 0) return; // the permit of the activation before
    const { size } = this.#residents;
    if (size > this.#limits.maxResident && !this.#closing) this.#actions.exceeded(entry, size);
  }

  #grant({ entry, stay, admitted }: Waiting<Entry, Stay>): void {
    this.#waiting.delete(stay);
    this.#enter(entry, stay);
    admitted.resolve();
  }

  /** Puts residents to sleep until as many leave as keys wait and are too many. */
  #makeRoom(): void {
    if (this.#closing) return;
    const tooMany = this.#residents.size + this.#waiting.size - this.#limits.maxResident;
    while (this.#leaving.size < tooMany) {
      const evicted = this.#actions.evict();
      if (evicted === undefined) return;
      this.#leaving.add(evicted);
    }
  }

  #admitNext(): void {
    for (const waiting of this.#waiting.values()) {
      if (this.#residents.size >= this.#limits.maxResident) return;
      this.#grant(waiting);
    }
  }
}
