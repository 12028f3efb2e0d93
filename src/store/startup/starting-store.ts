import { PreloadResult } from "../../telemetry/attributes.ts";
import { compareKeys } from "../contract/key-order.ts";
import {
  type LoadRequest,
  type Store,
  type StoredEntry,
  WriteKind,
  type WriteOptions,
} from "../contract/store.ts";
import { PreloadMap } from "./preload-map.ts";
import { WriteCollector } from "./write-collector.ts";

/** An entry during a start. One that the start has written has no revision before the flush. */
export type StartingEntry = Omit<StoredEntry, "revision"> & { readonly revision?: number };

/** Counts the answers of the preload map; `StorageMetrics` does. */
export interface LookupCounts {
  lookup(result: PreloadResult): void;
}

/**
 * The store of an actor that starts: one round trip reads what the start needs, one writes what it has written.
 *
 * Reads see the writes that are collected, then what was loaded, and only then ask the store. The loaded entries are
 * released by the flush, before its batch is sent, so no read can see what a write has replaced.
 */
export class StartingStore {
  readonly #store: Store;
  readonly #counts: LookupCounts;
  readonly #preload: PreloadMap;
  readonly #writes = new WriteCollector();

  private constructor(store: Store, counts: LookupCounts, preload: PreloadMap) {
    this.#store = store;
    this.#counts = counts;
    this.#preload = preload;
  }

  /** Loads `request` in one round trip. */
  static async load(
    store: Store,
    request: LoadRequest,
    counts: LookupCounts,
  ): Promise<StartingStore> {
    return new StartingStore(store, counts, new PreloadMap(request, await store.load(request)));
  }

  /** Number of keys that the flush will write. */
  get collected(): number {
    return this.#writes.size;
  }

  /** Returns the entry of `key`, which may be one that this start has written. */
  async get(key: string): Promise<StartingEntry | undefined> {
    const own = this.#writes.get(key);
    if (own !== undefined) {
      return own.kind === WriteKind.Put ? { key, value: new Uint8Array(own.value) } : undefined;
    }
    const answer = this.#preload.get(key);
    this.#counts.lookup(answer.result);
    switch (answer.result) {
      case PreloadResult.Found:
        return { ...answer.entry, value: new Uint8Array(answer.entry.value) };
      case PreloadResult.Absent:
        return undefined;
      case PreloadResult.NotPreloaded:
        return await this.#store.get(key);
    }
  }

  /**
   * Returns the entries of a prefix, in order and with the writes of this start. `undefined` when they were not loaded
   * completely: the store must then be listed page by page.
   */
  list(prefix: string): readonly StartingEntry[] | undefined {
    const entries = this.#preload.list(prefix);
    if (entries === undefined) this.#counts.lookup(PreloadResult.NotPreloaded);
    else this.#counts.lookup(entries.length > 0 ? PreloadResult.Found : PreloadResult.Absent);
    return entries === undefined ? undefined : this.#withOwnWrites(prefix, entries);
  }

  put(key: string, value: Uint8Array, options?: WriteOptions): void {
    this.#writes.put(key, value, options);
  }

  delete(key: string, options?: WriteOptions): void {
    this.#writes.delete(key, options);
  }

  /**
   * Ends the start: releases what was loaded and sends what was written, in one round trip or none.
   *
   * @returns the revision of what was written; `undefined` if nothing was
   */
  async flush(): Promise<number | undefined> {
    this.#preload.release();
    const operations = this.#writes.take();
    if (operations.length === 0) return undefined;
    return (await this.#store.batch(operations)).revision;
  }

  #withOwnWrites(prefix: string, entries: readonly StartingEntry[]): readonly StartingEntry[] {
    const result = entries.filter(({ key }) => this.#writes.get(key) === undefined);
    for (const write of this.#writes.writes()) {
      if (write.kind !== WriteKind.Put || !write.key.startsWith(prefix)) continue;
      result.push({ key: write.key, value: write.value });
    }
    return result.toSorted((one, other) => compareKeys(one.key, other.key));
  }
}
