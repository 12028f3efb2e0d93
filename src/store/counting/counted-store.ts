import type { Clock } from "../../base/clock.ts";
import { StorageOperation, StoragePhase } from "../../telemetry/attributes.ts";
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
} from "../contract/store.ts";
import type { StorageMetrics } from "./storage-metrics.ts";

const OPERATION_OF: Readonly<Record<WriteKind, StorageOperation>> = {
  [WriteKind.Put]: StorageOperation.Put,
  [WriteKind.Delete]: StorageOperation.Delete,
  [WriteKind.DeletePrefix]: StorageOperation.DeletePrefix,
  [WriteKind.Check]: StorageOperation.Check,
};

/**
 * The store as one activation of an actor sees it. Every call is one round trip and is counted here, and nowhere else.
 *
 * A call that the store refuses counts too. Operations count keys and prefixes: a batch of three puts is one round
 * trip and three operations.
 */
export class CountedStore implements Store {
  readonly #store: Store;
  readonly #metrics: StorageMetrics;
  readonly #clock: Clock;
  readonly #roundTrips: Record<StoragePhase, number> = { starting: 0, ready: 0 };
  #phase: StoragePhase = StoragePhase.Starting;

  constructor(store: Store, metrics: StorageMetrics, clock: Clock) {
    this.#store = store;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** Round trips of this activation in one phase. */
  roundTrips(phase: StoragePhase): number {
    return this.#roundTrips[phase];
  }

  /** Attributes later calls to the actor's life after its start. */
  ready(): void {
    this.#phase = StoragePhase.Ready;
  }

  get(key: string): Promise<StoredEntry | undefined> {
    return this.#call(StorageOperation.Get, () => this.#store.get(key));
  }

  load(request: LoadRequest): Promise<Loaded> {
    const { keys = [], prefixes = [] } = request;
    this.#count(StorageOperation.Get, keys.length);
    this.#count(StorageOperation.List, prefixes.length);
    return this.#timed(StorageOperation.Load, () => this.#store.load(request));
  }

  list(prefix: string, options?: ListOptions): Promise<EntryPage> {
    return this.#call(StorageOperation.List, () => this.#store.list(prefix, options));
  }

  listKeys(prefix: string, options?: ListOptions): Promise<KeyPage> {
    return this.#call(StorageOperation.List, () => this.#store.listKeys(prefix, options));
  }

  put(key: string, value: Uint8Array, options?: WriteOptions): Promise<number> {
    return this.#call(StorageOperation.Put, () => this.#store.put(key, value, options));
  }

  delete(key: string, options?: WriteOptions): Promise<boolean> {
    return this.#call(StorageOperation.Delete, () => this.#store.delete(key, options));
  }

  deletePrefix(prefix: string): Promise<number> {
    return this.#call(StorageOperation.DeletePrefix, () => this.#store.deletePrefix(prefix));
  }

  batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    for (const { kind } of operations) this.#count(OPERATION_OF[kind], 1);
    return this.#timed(StorageOperation.Batch, () => this.#store.batch(operations));
  }

  /** Does nothing: the store belongs to the system, not to one actor. */
  async close(): Promise<void> {}

  #count(operation: StorageOperation, count: number): void {
    if (count > 0) this.#metrics.operations(this.#phase, operation, count);
  }

  #call<Result>(operation: StorageOperation, call: () => Promise<Result>): Promise<Result> {
    this.#count(operation, 1);
    return this.#timed(operation, call);
  }

  async #timed<Result>(operation: StorageOperation, call: () => Promise<Result>): Promise<Result> {
    const phase = this.#phase; // of the beginning: the start may complete before the call does
    const startedMs = this.#clock.monotonicMs();
    this.#roundTrips[phase] += 1;
    this.#metrics.roundTrip(phase);
    try {
      const result = await call();
      this.#metrics.ended(phase, operation, this.#clock.monotonicMs() - startedMs);
      return result;
    } catch (thrown) {
      this.#metrics.failed(phase, operation, this.#clock.monotonicMs() - startedMs, thrown);
      throw thrown;
    }
  }
}
