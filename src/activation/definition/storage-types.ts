/** Which part of a listing of `c.kv` to return. */
export interface KvListOptions {
  /** `cursor` of the page before. Default: the first page. */
  readonly cursor?: string;
  /** Maximum number of entries of the page, 1 to 1,000. Default 100. */
  readonly limit?: number;
}

/** A page of the entries of `c.kv`, sorted by the bytes of their keys. */
export interface KvPage<Value> {
  /** Keys and values. */
  readonly entries: readonly (readonly [key: string, value: Value])[];
  /** Where the next page begins; `undefined` on the last page. */
  readonly cursor: string | undefined;
}

/**
 * Values of a keyed actor under keys of its own, for data that is too large to be part of the state. Keys have 1 to
 * 1,024 bytes of UTF-8; values are JSON, with the same rules as the state. Writes are part of the next commit, and
 * reads of this actor see them at once.
 *
 * @example
 * ```ts
 * const notes = defineKeyedActor("notes", {
 *   handlers: {
 *     write: (c, title: string, text: string) => c.kv.put(`note/${title}`, text),
 *     read: (c, title: string) => c.kv.get(`note/${title}`),
 *     remove: (c, title: string) => c.kv.delete(`note/${title}`),
 *     async titles(c) {
 *       const { entries } = await c.kv.list("note/", { limit: 50 });
 *       return entries.map(([key]) => key.slice("note/".length));
 *     },
 *   },
 * });
 * ```
 */
export interface ActorKv {
  /** Resolves with the value of `key`, a copy, or with `undefined` if there is none. */
  get<Value = unknown>(key: string): Promise<Value | undefined>;
  /**
   * Sets `key` with the next commit. The value is copied at once.
   *
   * @throws {@link UsageError} `ERR_INVALID_KEY`
   * @throws {@link LimelightError} `ERR_STATE_INVALID`, `ERR_STATE_TOO_LARGE`
   */
  put(key: string, value: unknown): void;
  /** Removes `key` with the next commit. */
  delete(key: string): void;
  /** Resolves with a page of the entries whose keys start with `prefix`; without it, of all. */
  list<Value = unknown>(prefix?: string, options?: KvListOptions): Promise<KvPage<Value>>;
}
