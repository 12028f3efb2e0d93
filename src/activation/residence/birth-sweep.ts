import { inParallel } from "../../base/async/in-parallel.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import type { Store } from "../../store/contract/store.ts";
import type { Placement } from "../placement/placement.ts";
import { BIRTH_PREFIX, type Owner, parseBirthKey } from "../records/record-keys.ts";

/** How soon birth records are looked at, and how often. */
const FIRST_MS = 60_000;
const LOOK_MS = 600_000;
/** Number of them read at once. */
const PAGE = 256;
/** Questions where an actor is that are under way at a time. */
const AT_ONCE = 8;

/** What a {@link BirthSweep} works with. */
export interface BirthSweepParts {
  readonly store: Pick<Store, "listKeys" | "get" | "delete">;
  readonly clock: Clock;
  readonly placement: Pick<Placement, "exclusively">;
  /** Called for each that was removed. */
  readonly removed: (owner: Owner) => void;
  /** Called when they could not be read or removed. It is tried again. */
  readonly failed: (error: Error) => void;
}

/**
 * Removes the birth records that processes have left which died before the first commit of an actor: those of actors that
 * are nowhere. One process at a time does so. An activation of which others do not know any more, and that is still at
 * work, expects its record at the first commit, and is refused as by a later claim.
 */
export class BirthSweep {
  readonly #parts: BirthSweepParts;
  #timer: ClockTimer | undefined;
  #look: Promise<void> = Promise.resolve();
  #isOn = false;

  constructor(parts: BirthSweepParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#arm(FIRST_MS);
  }

  /** Removes nothing until the next {@link BirthSweep.start}: another process does. */
  pause(): void {
    this.#isOn = false;
    this.#timer?.cancel();
  }

  /** Resolves when nothing is under way, for good. Never rejects. */
  async close(): Promise<void> {
    this.pause();
    await this.#look;
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    const begin = (): void => {
      this.#look = this.#run();
    };
    this.#timer = this.#parts.clock.schedule(begin, delayMs, KeepAlive.No);
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    try {
      await this.#removeLeft();
    } catch (thrown) {
      this.#parts.failed(toError(thrown));
    }
    if (this.#isOn) this.#arm(LOOK_MS);
  }

  async #removeLeft(): Promise<void> {
    let cursor: string | undefined;
    do {
      const options = cursor === undefined ? { limit: PAGE } : { limit: PAGE, cursor };
      const page = await this.#parts.store.listKeys(BIRTH_PREFIX, options);
      await inParallel(AT_ONCE, page.keys, (key) => this.#removeIfLeft(key));
      cursor = page.cursor;
    } while (cursor !== undefined && this.#isOn);
  }

  async #removeIfLeft(key: string): Promise<void> {
    const owner = parseBirthKey(key);
    if (owner === undefined || !this.#isOn) return;
    const { store, placement, removed } = this.#parts;
    // Read before it is asked for: a claim that comes after that has another revision.
    const entry = await store.get(key);
    if (entry === undefined) return;
    const expectedRevision = entry.revision;
    const isGone = await placement.exclusively(owner, () => this.#remove(key, expectedRevision));
    if (isGone === true) removed(owner);
  }

  async #remove(key: string, expectedRevision: number): Promise<boolean> {
    try {
      return await this.#parts.store.delete(key, { expectedRevision });
    } catch (error) {
      if (LimelightError.is(error) && error.code === ErrorCode.StoreConflict) return false;
      throw error;
    }
  }
}
