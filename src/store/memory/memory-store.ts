import { optionKeys, requireKnownKeys } from "../../base/options.ts";
import { compareKeys } from "../contract/key-order.ts";
import {
  acceptBatch,
  acceptListing,
  acceptLoad,
  MAX_PAGE_BYTES,
  maxValueBytesOption,
  requireKey,
} from "../contract/limits.ts";
import { closedError, requireConditions } from "../contract/outcomes.ts";
import {
  ABSENT,
  type BatchResult,
  type EntryPage,
  type KeyPage,
  type ListOptions,
  type Loaded,
  type LoadRequest,
  type Store,
  type StoredEntry,
  WriteKind,
  type WriteOperation,
  type WriteOptions,
} from "../contract/store.ts";
import { SortedKeys } from "./sorted-keys.ts";

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /** Maximum size of a value, in bytes. Default: 8 MiB. */
  readonly maxValueBytes?: number;
}

const OPTIONS = optionKeys<MemoryStoreOptions>({ maxValueBytes: true });

function sizeOf({ key, value }: StoredEntry): number {
  return key.length + value.byteLength;
}

/**
 * Keeps entries in the memory of the process. They are gone with it.
 *
 * @example
 * ```ts
 * const store = new MemoryStore();
 * const revision = await store.put("a/1", Buffer.from("one"));
 * await store.put("a/1", Buffer.from("two"), { expectedRevision: revision });
 * await store.batch([
 *   { kind: WriteKind.Put, key: "a/2", value: Buffer.from("three") },
 *   { kind: WriteKind.Delete, key: "a/1" },
 * ]);
 * console.log((await store.get("a/2"))?.revision, (await store.list("a/")).entries.length);
 * const { keys } = await store.listKeys("a/", { limit: 10 });
 * const { entries } = await store.load({ keys, prefixes: ["b/"] });
 * console.log(entries.length, await store.delete("a/2"), await store.deletePrefix("b/"));
 * await store.close();
 * ```
 */
export class MemoryStore implements Store {
  /** Nothing survives the process. */
  readonly durability = "none";
  readonly #maxValueBytes: number;
  readonly #entries = new Map<string, StoredEntry>();
  readonly #keys = new SortedKeys();
  #revision = 0;
  #closed = false;

  /** @throws `UsageError` `ERR_INVALID_OPTION` for an invalid option */
  constructor(options: MemoryStoreOptions = {}) {
    requireKnownKeys("MemoryStore", options, OPTIONS);
    this.#maxValueBytes = maxValueBytesOption(options.maxValueBytes);
  }

  /** Returns the entry of `key`, or `undefined` if there is none. */
  async get(key: string): Promise<StoredEntry | undefined> {
    requireKey(key);
    this.#requireOpen();
    return this.#copyOf(key);
  }

  /** Reads several keys and whole prefixes in one round trip. */
  async load(request: LoadRequest): Promise<Loaded> {
    const { keys, prefixes, maxBytes } = acceptLoad(request);
    this.#requireOpen();
    const found = new Map<string, StoredEntry>();
    const partialPrefixes: string[] = [];
    let leftBytes = maxBytes;
    for (const prefix of prefixes) {
      this.#visit(prefix, undefined, (key) => {
        const entry = this.#copyOf(key) as StoredEntry;
        leftBytes -= found.has(key) ? 0 : sizeOf(entry);
        if (leftBytes < 0) partialPrefixes.push(prefix);
        else found.set(key, entry);
        return leftBytes >= 0;
      });
    }
    for (const key of keys) {
      const entry = this.#copyOf(key);
      if (entry !== undefined) found.set(key, entry);
    }
    const entries = [...found.values()];
    if (entries.length > 1) entries.sort((one, other) => compareKeys(one.key, other.key));
    return { entries, partialPrefixes };
  }

  /** Returns a page of the entries whose keys start with `prefix`. */
  async list(prefix: string, options: ListOptions = {}): Promise<EntryPage> {
    const limit = acceptListing(prefix, options);
    this.#requireOpen();
    const entries: StoredEntry[] = [];
    let sizeBytes = 0;
    let cursor: string | undefined;
    this.#visit(prefix, options.cursor, (key) => {
      const isFull = entries.length === limit || sizeBytes >= MAX_PAGE_BYTES;
      if (isFull && entries.length > 0) {
        cursor = entries.at(-1)?.key;
        return false;
      }
      const entry = this.#copyOf(key) as StoredEntry;
      sizeBytes += sizeOf(entry);
      entries.push(entry);
      return true;
    });
    return { entries, cursor };
  }

  /** Returns a page of the keys that start with `prefix`. */
  async listKeys(prefix: string, options: ListOptions = {}): Promise<KeyPage> {
    const limit = acceptListing(prefix, options);
    this.#requireOpen();
    const keys: string[] = [];
    let cursor: string | undefined;
    this.#visit(prefix, options.cursor, (key) => {
      const isFull = keys.length === limit;
      if (isFull) cursor = keys.at(-1);
      else keys.push(key);
      return !isFull;
    });
    return { keys, cursor };
  }

  /** Writes `value`, which is copied at once. Returns its revision. */
  async put(key: string, value: Uint8Array, options: WriteOptions = {}): Promise<number> {
    return (await this.batch([{ ...options, kind: WriteKind.Put, key, value }])).revision;
  }

  /** Removes `key`. Returns whether it was there. */
  async delete(key: string, options: WriteOptions = {}): Promise<boolean> {
    return (await this.batch([{ ...options, kind: WriteKind.Delete, key }])).deleted > 0;
  }

  /** Removes all entries whose keys start with `prefix`. Returns their number. */
  async deletePrefix(prefix: string): Promise<number> {
    return (await this.batch([{ kind: WriteKind.DeletePrefix, prefix }])).deleted;
  }

  /** Performs all operations, or none of them. */
  async batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    const accepted = acceptBatch(operations, this.#maxValueBytes);
    this.#requireOpen();
    requireConditions(accepted, (key) => this.#entries.get(key)?.revision ?? ABSENT);
    this.#revision += 1;
    let deleted = 0;
    for (const operation of accepted) deleted += this.#apply(operation);
    return { revision: this.#revision, deleted };
  }

  /** Ends the store: further calls reject with `ERR_STORE_CLOSED`. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  /** Applies one operation and returns the number of entries that it has removed. */
  #apply(operation: WriteOperation): number {
    switch (operation.kind) {
      case WriteKind.Put: {
        const { key, value } = operation;
        if (!this.#entries.has(key)) this.#keys.add(key);
        this.#entries.set(key, { key, value, revision: this.#revision });
        return 0;
      }
      case WriteKind.Delete:
        return this.#remove(operation.key);
      case WriteKind.DeletePrefix:
        return this.#removeUnder(operation.prefix);
      case WriteKind.Check:
        return 0;
    }
  }

  #remove(key: string): number {
    if (!this.#entries.delete(key)) return 0;
    this.#keys.remove(key);
    return 1;
  }

  #removeUnder(prefix: string): number {
    const keys: string[] = [];
    this.#visit(prefix, undefined, (key) => keys.push(key) > 0);
    return keys.reduce((sum, key) => sum + this.#remove(key), 0);
  }

  /** Calls `visit` with the keys with `prefix` after `cursor`, in order, until it returns `false`. */
  #visit(prefix: string, cursor: string | undefined, visit: (key: string) => boolean): void {
    const from = cursor !== undefined && compareKeys(cursor, prefix) > 0 ? cursor : prefix;
    this.#keys.visit(from, (key) => key === cursor || (key.startsWith(prefix) && visit(key)));
  }

  #copyOf(key: string): StoredEntry | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : { ...entry, value: new Uint8Array(entry.value) };
  }

  #requireOpen(): void {
    if (this.#closed) throw closedError();
  }
}
