import { closedError } from "../../store/contract/outcomes.ts";
import type {
  BatchResult,
  EntryPage,
  KeyPage,
  ListOptions,
  Loaded,
  LoadRequest,
  Store,
  StoredEntry,
  WriteOperation,
  WriteOptions,
} from "../../store/contract/store.ts";

/** A store as one session has it. Closing it leaves the store to the other sessions. */
export class SessionStore implements Store {
  declare readonly directory?: string;
  declare readonly durability?: "none" | "process" | "machine";
  readonly #shared: Store;
  #isClosed = false;

  constructor(shared: Store) {
    this.#shared = shared;
    if (shared.directory !== undefined) this.directory = shared.directory;
    if (shared.durability !== undefined) this.durability = shared.durability;
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    return await this.#open.get(key);
  }

  async load(request: LoadRequest): Promise<Loaded> {
    return await this.#open.load(request);
  }

  async list(prefix: string, options?: ListOptions): Promise<EntryPage> {
    return await this.#open.list(prefix, options);
  }

  async listKeys(prefix: string, options?: ListOptions): Promise<KeyPage> {
    return await this.#open.listKeys(prefix, options);
  }

  async put(key: string, value: Uint8Array, options?: WriteOptions): Promise<number> {
    return await this.#open.put(key, value, options);
  }

  async delete(key: string, options?: WriteOptions): Promise<boolean> {
    return await this.#open.delete(key, options);
  }

  async deletePrefix(prefix: string): Promise<number> {
    return await this.#open.deletePrefix(prefix);
  }

  async batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    return await this.#open.batch(operations);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  get #open(): Store {
    if (this.#isClosed) throw closedError();
    return this.#shared;
  }
}
