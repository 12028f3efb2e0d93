/** A value with its key, as a store returns it. The bytes are the caller's own copy. */
export interface StoredEntry {
  /** The key. */
  readonly key: string;
  /** The bytes. */
  readonly value: Uint8Array;
  /** The batch that wrote the value. Increases with every batch of the store and is never used twice. */
  readonly revision: number;
}

/** The revision to expect of a key that is not there: `put(key, value, { expectedRevision: ABSENT })` creates. */
export const ABSENT = 0;

/** Condition of a write. */
export interface WriteOptions {
  /** Revision that the key must have before the write; {@link ABSENT} for a key that is not there. Default: any. */
  readonly expectedRevision?: number;
}

/**
 * What one operation of a batch does. `check` writes nothing and makes the whole batch depend on a revision.
 *
 * @enum
 */
export const WriteKind = {
  Put: "put",
  Delete: "delete",
  DeletePrefix: "delete_prefix",
  Check: "check",
} as const;
export type WriteKind = (typeof WriteKind)[keyof typeof WriteKind];

/** One operation of a batch. */
export type WriteOperation =
  | (WriteOptions & {
      readonly kind: typeof WriteKind.Put;
      readonly key: string;
      readonly value: Uint8Array;
    })
  | (WriteOptions & { readonly kind: typeof WriteKind.Delete; readonly key: string })
  | { readonly kind: typeof WriteKind.DeletePrefix; readonly prefix: string }
  | {
      readonly kind: typeof WriteKind.Check;
      readonly key: string;
      readonly expectedRevision: number;
    };

/** What a batch has done. */
export interface BatchResult {
  /** Revision of every entry that the batch has put. */
  readonly revision: number;
  /** Number of entries that its deletes have removed. */
  readonly deleted: number;
}

/** Which part of a listing to return. */
export interface ListOptions {
  /** `cursor` of the page before. Default: the first page. */
  readonly cursor?: string;
  /** Maximum number of entries of the page, 1 to 1,000. Default: 100. A page of large values has fewer. */
  readonly limit?: number;
}

/** Entries of one prefix, sorted by the bytes of their keys. */
export interface EntryPage {
  /** The entries of the page. */
  readonly entries: readonly StoredEntry[];
  /** Where the next page begins; `undefined` on the last page. */
  readonly cursor: string | undefined;
}

/** Keys of one prefix, sorted by their bytes. */
export interface KeyPage {
  /** The keys of the page. */
  readonly keys: readonly string[];
  /** Where the next page begins; `undefined` on the last page. */
  readonly cursor: string | undefined;
}

/** What to read in one round trip. */
export interface LoadRequest {
  /** Keys to read. Default: none. */
  readonly keys?: readonly string[];
  /** Prefixes of which all entries are read, up to `maxBytes`. Default: none. */
  readonly prefixes?: readonly string[];
  /** Maximum size of the entries of all prefixes, in bytes. Default: 1 MiB. Requested keys do not count. */
  readonly maxBytes?: number;
}

/** The entries that a load has found, all as of one moment. */
export interface Loaded {
  /** Without duplicates, sorted by the bytes of their keys. */
  readonly entries: readonly StoredEntry[];
  /** Prefixes of the request of which not all entries are there, because of `maxBytes`. */
  readonly partialPrefixes: readonly string[];
}

/**
 * Keeps bytes under keys.
 *
 * - Keys are non-empty strings of at most 16 KiB in UTF-8, sorted by their bytes. Any well-formed string is a key.
 * - All methods may be called concurrently. Writes take effect in the order of the calls.
 * - A write is durable, to the degree that the backend promises, and visible to all reads that begin after its
 *   promise has resolved. A read that begins earlier sees the write as a whole or not at all.
 * - A write that rejects has changed nothing, unless its outcome is unknown; see `writeOutcome`.
 * - A listing that is read page by page while entries are written returns each key at most once. It returns every
 *   entry that was there from the first page to the last.
 *
 * Errors are `StoreError`s with one of these codes, or a `UsageError` for arguments that no store accepts:
 *
 * | code | of | meaning |
 * |---|---|---|
 * | `ERR_STORE_CLOSED` | all | `close` was called |
 * | `ERR_STORE_CONFLICT` | writes | a key does not have its `expectedRevision` |
 * | `ERR_STORE_CORRUPT` | all | what is stored is damaged |
 * | `ERR_STORE_FULL` | writes | there is no space |
 * | `ERR_STORE_LOCKED` | all | the data belongs to another process |
 * | `ERR_STORE_NEWER_FORMAT` | opening | a later version has written the data |
 * | `ERR_STORE_OVERLOADED` | writes | too many writes are waiting |
 * | `ERR_STORE_TOO_LARGE` | writes | a value or batch exceeds the limits |
 * | `ERR_STORE_UNAVAILABLE` | all | the backend cannot be reached or does not answer; trying again may help |
 * | `ERR_STORE_UNKNOWN_OUTCOME` | writes | the write may have taken effect, or may still do so |
 */
export interface Store {
  /**
   * Directory of files that belong to the data, such as the databases of actors. Those of a store without one last as
   * long as the process.
   */
  readonly directory?: string;
  /**
   * What an acknowledged write survives: the loss of power (`machine`), the end of the process (`process`), or neither
   * (`none`). Without it, that is not known.
   */
  readonly durability?: "none" | "process" | "machine";
  /** Returns the entry of `key`, or `undefined` if there is none. */
  get(key: string): Promise<StoredEntry | undefined>;
  /** Reads several keys and whole prefixes in one round trip. */
  load(request: LoadRequest): Promise<Loaded>;
  /** Returns a page of the entries whose keys start with `prefix`; an empty prefix lists everything. */
  list(prefix: string, options?: ListOptions): Promise<EntryPage>;
  /** Returns a page of the keys that start with `prefix`, without reading values. */
  listKeys(prefix: string, options?: ListOptions): Promise<KeyPage>;
  /** Writes `value`, which is copied at once. Returns its revision. */
  put(key: string, value: Uint8Array, options?: WriteOptions): Promise<number>;
  /** Removes `key`. Returns whether it was there. */
  delete(key: string, options?: WriteOptions): Promise<boolean>;
  /** Removes all entries whose keys start with `prefix`. Returns their number. */
  deletePrefix(prefix: string): Promise<number>;
  /**
   * Applies all operations or none. Conditions refer to the state before the batch; of several writes of one key,
   * the last one stays.
   */
  batch(operations: readonly WriteOperation[]): Promise<BatchResult>;
  /** Completes all writes that were accepted, then releases the data. Later calls return the same promise. */
  close(): Promise<void>;
}
