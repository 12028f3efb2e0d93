import { type Store, type StoredEntry, WriteKind } from "../../store/contract/store.ts";
import type {
  KeyValue,
  KeyValueCondition,
  KeyValueEntry,
  KeyValueListener,
  KeyValuePage,
  Watch,
} from "../engine/key-value.ts";
import { isUnknownOutcome } from "../engine/outcomes.ts";
import { requirePrefix, requireTokens } from "../engine/tokens.ts";
import { asEngineCall, requireSize } from "./engine-errors.ts";
import { Watchers } from "./watchers.ts";

const PAGE = 1_000;

/** Values in rows of a store. Revisions are those of the store. */
export class StoreKeyValue implements KeyValue {
  readonly #store: Store;
  readonly #prefix: string;
  readonly #maxBytes: number;
  readonly #watchers = new Watchers();

  /** @param prefix what the keys of its rows start with */
  constructor(store: Store, prefix: string, maxBytes: number) {
    this.#store = store;
    this.#prefix = prefix;
    this.#maxBytes = maxBytes;
  }

  async read(key: string): Promise<KeyValueEntry | undefined> {
    requireTokens("key", key);
    const row = await asEngineCall(this.#store.get(this.#prefix + key));
    return row && this.#entryOf(row);
  }

  async put(key: string, value: Uint8Array, condition: KeyValueCondition = {}): Promise<number> {
    requireTokens("key", key);
    requireSize(`the value of ${key}`, value.byteLength, this.#maxBytes);
    const copy = new Uint8Array(value);
    try {
      const revision = await asEngineCall(this.#store.put(this.#prefix + key, copy, condition));
      this.#watchers.changed({ key, value: copy, revision });
      return revision;
    } catch (error) {
      if (isUnknownOutcome(error)) await this.#tellAgain(key);
      throw error;
    }
  }

  async remove(key: string, condition: KeyValueCondition = {}): Promise<void> {
    requireTokens("key", key);
    const kind = WriteKind.Delete;
    try {
      const { revision, deleted } = await asEngineCall(
        this.#store.batch([{ kind, key: this.#prefix + key, ...condition }]),
      );
      if (deleted > 0) this.#watchers.removed(key, revision);
    } catch (error) {
      if (isUnknownOutcome(error)) await this.#tellAgain(key);
      throw error;
    }
  }

  async list(prefix: string, page: KeyValuePage = {}): Promise<readonly KeyValueEntry[]> {
    requirePrefix("prefix", prefix);
    const { after, limit = Number.POSITIVE_INFINITY } = page;
    const start = this.#prefix + (prefix === "" ? "" : `${prefix}.`);
    const entries: KeyValueEntry[] = [];
    let cursor: string | undefined;
    do {
      const { entries: rows, cursor: next } = await asEngineCall(
        this.#store.list(start, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }),
      );
      for (const row of rows) {
        const entry = this.#entryOf(row);
        if (after === undefined || entry.key > after) entries.push(entry);
      }
      cursor = next;
    } while (cursor !== undefined && entries.length < limit);
    return entries.slice(0, limit);
  }

  async watch(prefix: string, listener: KeyValueListener): Promise<Watch> {
    requirePrefix("prefix", prefix);
    return await this.#watchers.watch(prefix, listener, (under) => this.list(under));
  }

  /** Tells the watches what is there after a write of unknown outcome, which they would not learn of otherwise. */
  async #tellAgain(key: string): Promise<void> {
    try {
      const entry = await this.read(key);
      if (entry === undefined) this.#watchers.removed(key, Number.MAX_SAFE_INTEGER);
      else this.#watchers.changed(entry);
    } catch {
      // The store cannot be read either: whoever depends on the key learns that when reading it.
    }
  }

  #entryOf({ key, value, revision }: StoredEntry): KeyValueEntry {
    return { key: key.slice(this.#prefix.length), value, revision };
  }
}
