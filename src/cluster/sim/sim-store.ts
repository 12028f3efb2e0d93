import { ErrorCode, LimelightError, StoreError } from "../../base/errors.ts";
import { closedError } from "../../store/contract/outcomes.ts";
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
import type { Link } from "./link.ts";
import { Traffic } from "./network.ts";

/** The store behind a link. */
export class SimStore implements Store {
  readonly durability = "process";
  readonly #link: Link;
  readonly #store: Store;
  #isClosed = false;

  constructor(link: Link, store: Store) {
    this.#link = link;
    this.#store = store;
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    return await this.#read(() => this.#store.get(key));
  }

  async load(request: LoadRequest): Promise<Loaded> {
    return await this.#read(() => this.#store.load(request));
  }

  async list(prefix: string, options?: ListOptions): Promise<EntryPage> {
    return await this.#read(() => this.#store.list(prefix, options));
  }

  async listKeys(prefix: string, options?: ListOptions): Promise<KeyPage> {
    return await this.#read(() => this.#store.listKeys(prefix, options));
  }

  async put(key: string, value: Uint8Array, options: WriteOptions = {}): Promise<number> {
    return (await this.batch([{ ...options, kind: WriteKind.Put, key, value }])).revision;
  }

  async delete(key: string, options: WriteOptions = {}): Promise<boolean> {
    return (await this.batch([{ ...options, kind: WriteKind.Delete, key }])).deleted > 0;
  }

  async deletePrefix(prefix: string): Promise<number> {
    return (await this.batch([{ kind: WriteKind.DeletePrefix, prefix }])).deleted;
  }

  async batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    const copies = operations.map((operation) =>
      operation.kind === WriteKind.Put
        ? { ...operation, value: new Uint8Array(operation.value) }
        : { ...operation },
    );
    return await this.#call(Traffic.Write, () => this.#store.batch(copies));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #read<Value>(operation: () => Promise<Value>): Promise<Value> {
    return this.#call(Traffic.Request, operation);
  }

  async #call<Value>(
    traffic: typeof Traffic.Request | typeof Traffic.Write,
    operation: () => Promise<Value>,
  ): Promise<Value> {
    if (this.#isClosed) throw closedError();
    try {
      return await this.#link.call(traffic, "", operation);
    } catch (error) {
      throw toStoreError(error);
    }
  }
}

/** Turns the errors of a link into those of a store. */
function toStoreError(error: unknown): unknown {
  if (!LimelightError.is(error)) return error;
  const { message, code } = error;
  switch (code) {
    case ErrorCode.EngineUnknownOutcome:
      return new StoreError(message, { code: ErrorCode.StoreUnknownOutcome, cause: error });
    case ErrorCode.EngineUnavailable:
      return new StoreError(message, { code: ErrorCode.StoreUnavailable, cause: error });
    case ErrorCode.EngineClosed:
      return closedError();
    default:
      return error;
  }
}
