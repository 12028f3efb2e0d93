import { ErrorCode, StoreError } from "../../base/errors.ts";
import { compareKeys } from "../../store/contract/key-order.ts";
import { MAX_BATCH_BYTES, MAX_BATCH_OPERATIONS } from "../../store/contract/limits.ts";
import { WriteKind, type WriteOperation, type WriteOptions } from "../../store/contract/store.ts";
import { type CollectedWrite, WriteCollector } from "../../store/startup/write-collector.ts";

/** Operations and bytes of a batch that are left for the record and state of the actor. */
const RESERVED_OPERATIONS = 16;
const RESERVED_BYTES: number = 17 * 1024 * 1024;

const NOTHING: readonly WriteOperation[] = [];

/** A key with its value, as far as an overlay needs them. */
export interface KeyedValue {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Which part of a listing {@link PendingWrites.overlay} changes. */
export interface OverlayRange {
  readonly prefix: string;
  /** Only keys after this one; the cursor of the page before. */
  readonly after?: string | undefined;
  /** Only keys up to this one; the cursor of the page. */
  readonly upTo?: string | undefined;
}

/**
 * What one activation has written since its last commit, besides its record and state, and what its commit under way
 * contains. Reads of the activation see both: a store shows a write only after its promise has resolved.
 */
export class PendingWrites {
  readonly #collected = new WriteCollector();
  readonly #underWay = new Map<string, CollectedWrite>();
  #sizeBytes = 0;

  /** Number of keys that the next commit writes. */
  get size(): number {
    return this.#collected.size;
  }

  /**
   * Sets a key with the next commit. The value is copied at once; the last write of a key wins.
   *
   * @throws {@link UsageError} `ERR_STORE_INVALID_KEY`
   * @throws {@link StoreError} `ERR_STORE_TOO_LARGE` for a value or commit beyond the limits of a store
   */
  put(key: string, value: Uint8Array): void {
    this.#makeRoom(key, value.byteLength);
    this.#collected.put(key, value);
  }

  /**
   * Removes a key with the next commit.
   *
   * @throws {@link UsageError} `ERR_STORE_INVALID_KEY`
   * @throws {@link StoreError} `ERR_STORE_TOO_LARGE` for a commit beyond the limits of a store
   */
  delete(key: string, options: WriteOptions = {}): void {
    this.#makeRoom(key, 0);
    this.#collected.delete(key, options);
  }

  /** Returns the last write of a key that is not known to be stored; `undefined`: the store has the answer. */
  get(key: string): CollectedWrite | undefined {
    return this.#collected.get(key) ?? this.#underWay.get(key);
  }

  /** Returns the writes that are not known to be stored, for {@link PendingWrites.overlay}. */
  unstored(): readonly CollectedWrite[] {
    return [...this.#underWay.values(), ...this.#collected.writes()];
  }

  /**
   * Returns a page of a listing with the writes of this activation, in order.
   *
   * @param earlier what was unstored when the page was requested: it may have been stored too late for the page
   */
  overlay(
    page: readonly KeyedValue[],
    range: OverlayRange,
    earlier: readonly CollectedWrite[] = [],
  ): readonly KeyedValue[] {
    const own = new Map<string, CollectedWrite>();
    for (const writes of [earlier, this.#underWay.values(), this.#collected.writes()]) {
      for (const write of writes) if (isWithin(write.key, range)) own.set(write.key, write);
    }
    if (own.size === 0) return page;
    const result = page.filter(({ key }) => !own.has(key));
    for (const write of own.values()) {
      if (write.kind === WriteKind.Put) result.push({ key: write.key, value: write.value });
    }
    return result.toSorted((one, other) => compareKeys(one.key, other.key));
  }

  /** Begins a commit: returns its operations, which stay visible to reads until {@link PendingWrites.settle}. */
  take(): readonly WriteOperation[] {
    if (this.#collected.size === 0) return NOTHING;
    const operations = this.#collected.take() as readonly CollectedWrite[];
    for (const write of operations) this.#underWay.set(write.key, write);
    this.#sizeBytes = 0;
    return operations;
  }

  /** Ends the commit under way: the store has its writes. */
  settle(): void {
    if (this.#underWay.size > 0) this.#underWay.clear();
  }

  /** Takes back the writes of a commit that is not stored, for the next one; newer writes of the same keys win. */
  restore(): void {
    const newer = this.#collected.take() as readonly CollectedWrite[];
    const returned = [...this.#underWay.values(), ...newer];
    this.#underWay.clear();
    // Without a check of the limits: a commit that is too large is refused by the store.
    for (const write of returned) {
      if (write.kind === WriteKind.Put) this.#collected.put(write.key, write.value);
      else this.#collected.delete(write.key);
    }
    this.#sizeBytes = [...this.#collected.writes()].reduce((sum, write) => sum + sizeOf(write), 0);
  }

  /** Forgets everything that is not stored. Returns the number of keys. */
  drop(): number {
    const dropped = this.#collected.size + this.#underWay.size;
    this.#collected.take();
    this.#underWay.clear();
    this.#sizeBytes = 0;
    return dropped;
  }

  #makeRoom(key: string, valueBytes: number): void {
    const replaced = this.#collected.get(key);
    const operations = this.#collected.size + (replaced === undefined ? 1 : 0);
    const sizeBytes = this.#sizeBytes + key.length + valueBytes - sizeOf(replaced);
    if (
      operations > MAX_BATCH_OPERATIONS - RESERVED_OPERATIONS ||
      sizeBytes > MAX_BATCH_BYTES - RESERVED_BYTES
    ) {
      throw new StoreError(
        `a commit of ${operations} operations and ${sizeBytes} bytes is too large; ` +
          "`await c.saveState()` before further writes",
        { code: ErrorCode.StoreTooLarge, key },
      );
    }
    this.#sizeBytes = sizeBytes;
  }
}

function sizeOf(write: CollectedWrite | undefined): number {
  if (write === undefined) return 0;
  return write.key.length + (write.kind === WriteKind.Put ? write.value.byteLength : 0);
}

function isWithin(key: string, { prefix, after, upTo }: OverlayRange): boolean {
  if (!key.startsWith(prefix)) return false;
  if (after !== undefined && compareKeys(key, after) <= 0) return false;
  return upTo === undefined || compareKeys(key, upTo) <= 0;
}
