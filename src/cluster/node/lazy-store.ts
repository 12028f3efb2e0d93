import { ErrorCode, StoreError } from "../../base/errors.ts";
import {
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
} from "../../store/contract/store.ts";

/** The store of an engine, which calls wait for until it is open. */
export class LazyStore implements Store {
  readonly #opened: Promise<Store>;
  readonly #maxWaiting: number;
  readonly #close: () => Promise<void>;
  #store: Store | undefined;
  #waiting = 0;

  /**
   * @param opened rejects with the reason why it will not open
   * @param maxWaiting calls that may wait; further ones are refused
   * @param close closes it and its engine
   */
  constructor(opened: Promise<Store>, maxWaiting: number, close: () => Promise<void>) {
    this.#opened = opened;
    this.#maxWaiting = maxWaiting;
    this.#close = close;
    opened.then(
      (store) => {
        this.#store = store;
      },
      () => {}, // each call is told
    );
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    return await (this.#store ?? (await this.#wait())).get(key);
  }

  async load(request: LoadRequest): Promise<Loaded> {
    return await (this.#store ?? (await this.#wait())).load(request);
  }

  async list(prefix: string, options?: ListOptions): Promise<EntryPage> {
    return await (this.#store ?? (await this.#wait())).list(prefix, options);
  }

  async listKeys(prefix: string, options?: ListOptions): Promise<KeyPage> {
    return await (this.#store ?? (await this.#wait())).listKeys(prefix, options);
  }

  async put(key: string, value: Uint8Array, options?: WriteOptions): Promise<number> {
    if (this.#store !== undefined) return await this.#store.put(key, value, options);
    const copy = value.slice();
    return await (await this.#wait()).put(key, copy, options);
  }

  async delete(key: string, options?: WriteOptions): Promise<boolean> {
    return await (this.#store ?? (await this.#wait())).delete(key, options);
  }

  async deletePrefix(prefix: string): Promise<number> {
    return await (this.#store ?? (await this.#wait())).deletePrefix(prefix);
  }

  async batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    if (this.#store !== undefined) return await this.#store.batch(operations);
    const copies = operations.map(copyOf);
    return await (await this.#wait()).batch(copies);
  }

  close(): Promise<void> {
    return this.#close();
  }

  async #wait(): Promise<Store> {
    if (this.#waiting >= this.#maxWaiting) {
      throw new StoreError(`${this.#waiting} calls wait for the store to open already`, {
        code: ErrorCode.StoreOverloaded,
      });
    }
    this.#waiting += 1;
    try {
      return await this.#opened;
    } finally {
      this.#waiting -= 1;
    }
  }
}

function copyOf(operation: WriteOperation): WriteOperation {
  return operation.kind === WriteKind.Put
    ? { ...operation, value: operation.value.slice() }
    : operation;
}
