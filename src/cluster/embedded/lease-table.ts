import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { pageOf } from "../engine/key-order.ts";
import {
  type KeyValue,
  type KeyValueCondition,
  type KeyValueEntry,
  type KeyValueListener,
  type KeyValuePage,
  NO_ENTRY,
  type Watch,
} from "../engine/key-value.ts";
import { requirePrefix, requireTokens, startsWithTokens } from "../engine/tokens.ts";
import { requireSize, revisionConflict } from "./engine-errors.ts";
import { Watchers } from "./watchers.ts";

interface Lease {
  readonly entry: KeyValueEntry;
  readonly expiry: ClockTimer;
}

/**
 * Entries that vanish a while after their last write, by the clock of the engine. In memory: whoever holds a lease ends
 * with the process, and so does the lease.
 */
export class LeaseTable implements KeyValue {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #maxBytes: number;
  readonly #leases = new Map<string, Lease>();
  readonly #watchers = new Watchers();
  #revision = NO_ENTRY;

  constructor(clock: Clock, ttlMs: number, maxBytes: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#maxBytes = maxBytes;
  }

  async read(key: string): Promise<KeyValueEntry | undefined> {
    requireTokens("key", key);
    return this.#leases.get(key)?.entry;
  }

  async put(key: string, value: Uint8Array, condition: KeyValueCondition = {}): Promise<number> {
    requireTokens("key", key);
    requireSize(`the value of ${key}`, value.byteLength, this.#maxBytes);
    this.#requireRevision(key, condition);
    this.#leases.get(key)?.expiry.cancel();
    this.#revision += 1;
    const entry = { key, value: new Uint8Array(value), revision: this.#revision };
    const expiry = this.#clock.schedule(() => this.#drop(key), this.#ttlMs, KeepAlive.No);
    this.#leases.set(key, { entry, expiry });
    this.#watchers.changed(entry);
    return this.#revision;
  }

  async remove(key: string, condition: KeyValueCondition = {}): Promise<void> {
    requireTokens("key", key);
    this.#requireRevision(key, condition);
    this.#drop(key);
  }

  async list(prefix: string, page?: KeyValuePage): Promise<readonly KeyValueEntry[]> {
    requirePrefix("prefix", prefix);
    const entries = [...this.#leases.values()]
      .map(({ entry }) => entry)
      .filter(({ key }) => startsWithTokens(key, prefix));
    return pageOf(entries, page);
  }

  async watch(prefix: string, listener: KeyValueListener): Promise<Watch> {
    requirePrefix("prefix", prefix);
    return await this.#watchers.watch(prefix, listener, (under) => this.list(under));
  }

  /** Ends all leases without telling anybody. */
  clear(): void {
    for (const { expiry } of this.#leases.values()) expiry.cancel();
    this.#leases.clear();
  }

  #requireRevision(key: string, { expectedRevision }: KeyValueCondition): void {
    if (expectedRevision === undefined) return;
    const revision = this.#leases.get(key)?.entry.revision ?? NO_ENTRY;
    if (revision !== expectedRevision) throw revisionConflict(key, revision, expectedRevision);
  }

  #drop(key: string): void {
    const lease = this.#leases.get(key);
    if (lease === undefined) return;
    lease.expiry.cancel();
    this.#leases.delete(key);
    this.#revision += 1;
    this.#watchers.removed(key, this.#revision);
  }
}
