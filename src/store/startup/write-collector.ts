import { acceptBatch, MAX_BATCH_BYTES } from "../contract/limits.ts";
import { WriteKind, type WriteOperation, type WriteOptions } from "../contract/store.ts";

/** The last write of a key that a {@link WriteCollector} holds. */
export type CollectedWrite = Extract<WriteOperation, { kind: "put" | "delete" }>;

/**
 * Collects writes that are sent in one batch. Of several writes of a key, the last one is sent; the first
 * condition stays, because it is about the stored state.
 */
export class WriteCollector {
  readonly #writes = new Map<string, CollectedWrite>();

  /** Number of keys. */
  get size(): number {
    return this.#writes.size;
  }

  /**
   * Collects a put. The value is copied at once.
   *
   * @throws {@link UsageError} `ERR_STORE_INVALID_KEY`, `ERR_INVALID_OPTION`
   * @throws {@link StoreError} `ERR_STORE_TOO_LARGE`
   */
  put(key: string, value: Uint8Array, options: WriteOptions = {}): void {
    this.#collect({ ...options, kind: WriteKind.Put, key, value });
  }

  /**
   * Collects a delete.
   *
   * @throws {@link UsageError} `ERR_STORE_INVALID_KEY`, `ERR_INVALID_OPTION`
   */
  delete(key: string, options: WriteOptions = {}): void {
    this.#collect({ ...options, kind: WriteKind.Delete, key });
  }

  /** Returns the last write of `key`, if there is one. */
  get(key: string): CollectedWrite | undefined {
    return this.#writes.get(key);
  }

  /** Returns the keys with their last writes. */
  writes(): Iterable<CollectedWrite> {
    return this.#writes.values();
  }

  /** Returns the batch to send, and forgets it. Its operations are in the order of the last writes. */
  take(): readonly WriteOperation[] {
    const operations = [...this.#writes.values()];
    this.#writes.clear();
    return operations;
  }

  #collect(write: CollectedWrite): void {
    const [accepted] = acceptBatch([write], MAX_BATCH_BYTES) as [CollectedWrite];
    const { key } = accepted;
    const condition = this.#writes.get(key)?.expectedRevision ?? accepted.expectedRevision;
    this.#writes.delete(key); // so that it moves to the end
    const { expectedRevision: _own, ...unconditional } = accepted;
    this.#writes.set(
      key,
      condition === undefined ? unconditional : { ...unconditional, expectedRevision: condition },
    );
  }
}
