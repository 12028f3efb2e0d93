/** A value as it was read. */
export interface KeyValueEntry {
  /** The key. */
  readonly key: string;
  /** The bytes. */
  readonly value: Uint8Array;
  /** Increases with each write of the key and is never used twice, also not after a removal. */
  readonly revision: number;
}

/** Condition of a write. */
export interface KeyValueCondition {
  /** Revision that the key must have; {@link NO_ENTRY} for a key that is not there. Default: any. */
  readonly expectedRevision?: number;
}

/** Which entries of a list are wanted. */
export interface KeyValuePage {
  /** Only keys that are sorted after it. Default: from the first one on. */
  readonly after?: string;
  /** Maximum number of entries, from 1 on; fewer are the last ones. Default: all. */
  readonly limit?: number;
}

/** The revision to expect of a key that is not there. */
export const NO_ENTRY = 0;

/** Learns of changes. A removal or expiry may be told late or, of an expiry, not at all: see {@link KeyValue.watch}. */
export interface KeyValueListener {
  /** An entry was written. */
  changed(entry: KeyValueEntry): void;
  /** An entry was removed, or has expired. */
  removed(key: string): void;
  /** Everything that was there when the watch began, or when it was begun anew after a break, has been given. */
  current(): void;
}

/**
 * Values under keys, changed by compare-and-set. Keys are tokens of `[A-Za-z0-9_=-]` joined by dots.
 *
 * Writes have three outcomes: they resolve, they reject with a `ClusterError` that promises that nothing was written
 * (`ERR_ENGINE_CONFLICT`, `ERR_ENGINE_TOO_LARGE`, `ERR_ENGINE_FULL`, `ERR_ENGINE_UNAVAILABLE`, `ERR_ENGINE_CLOSED`), or
 * with `ERR_ENGINE_UNKNOWN_OUTCOME`: the write may have happened or may still happen. Each value should contain something
 * unique, so that the writer recognises it when it reads the key again; `resolveWrite` does that.
 */
export interface KeyValue {
  /** Returns the newest entry, as its leader has it. */
  read(key: string): Promise<KeyValueEntry | undefined>;
  /** Writes `value`. Returns its revision. */
  put(key: string, value: Uint8Array, condition?: KeyValueCondition): Promise<number>;
  /** Removes the key; resolves also if it is not there, unless a revision is expected. */
  remove(key: string, condition?: KeyValueCondition): Promise<void>;
  /**
   * Returns the entries whose keys start with the tokens of `prefix`; all with an empty one. Sorted by key. No more values
   * are read than those of the page.
   */
  list(prefix: string, page?: KeyValuePage): Promise<readonly KeyValueEntry[]>;
  /**
   * Tells `listener` of all entries under `prefix`, then of changes: values that are overwritten soon may be left out. The expiry of an entry of `leases` is told only
   * by some engines: read or list to be sure. Resolves when the first `current()` was called. Breaks are answered by the
   * engine, which begins anew.
   */
  watch(prefix: string, listener: KeyValueListener): Promise<Watch>;
}

/** A watch that is under way. */
export interface Watch {
  /** Ends it. The listener is not called again. */
  stop(): void;
}
