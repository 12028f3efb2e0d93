import { type Clock, DAY_MS, KeepAlive, systemClock } from "../../base/clock.ts";
import { choiceOption, numberOption, optionKeys, requireKnownKeys } from "../../base/options.ts";
import {
  acceptListing,
  acceptLoad,
  checkBatch,
  maxValueBytesOption,
  requireKey,
} from "../contract/limits.ts";
import { closedError } from "../contract/outcomes.ts";
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
import type { BackupManifest } from "./backup-manifest.ts";
import {
  type DataDirectory,
  dataDirectory,
  prepareDirectory,
  requireNoRestore,
} from "./data-directory.ts";
import { Durability } from "./database-file.ts";
import { DirectoryLock } from "./directory-lock.ts";
import { GroupWriter, type Writer } from "./group-writer.ts";
import { Reader, ReadTurns } from "./reader.ts";
import { backUpInThread, WriterThread } from "./store-thread.ts";

const DEFAULT_DRAIN_MS = 30_000;

/** Options of {@link SqliteStore}. */
export interface SqliteStoreOptions {
  /** The data directory. It is created if it is not there, and belongs to one process at a time. */
  readonly directory: string;
  /** What an acknowledged write survives. Default: `machine`. */
  readonly durability?: Durability;
  /** Maximum size of a value, in bytes. Default: 8 MiB. */
  readonly maxValueBytes?: number;
  /** How long `close` waits for the writes that were accepted, in milliseconds. Default: 30,000. */
  readonly drainTimeoutMs?: number;
  /** Default: the clock of the system. */
  readonly clock?: Clock;
}

const OPTIONS = optionKeys<SqliteStoreOptions>({
  directory: true,
  durability: true,
  maxValueBytes: true,
  drainTimeoutMs: true,
  clock: true,
});

/** Opens the writer of a file; `epoch` is set when a writer of this opening has ended. Tests pass their own. */
export type OpenWriter = (
  job: Parameters<typeof WriterThread.open>[0],
) => Promise<Writer & { readonly epoch: number }>;

interface StoreParts {
  readonly directory: DataDirectory;
  readonly lock: DirectoryLock;
  readonly reader: Reader;
  readonly writer: GroupWriter;
}

/**
 * Keeps entries in an SQLite database: reads in the calling thread, writes in groups in a thread of its own.
 *
 * @example
 * ```ts
 * const store = await openSqliteStore({ directory: "shop-data" });
 * await store.put("a/1", Buffer.from("one")); // resolves when it is on the disk
 * await store.batch([{ kind: WriteKind.Put, key: "a/2", value: Buffer.from("two") }]);
 * const { keys } = await store.listKeys("a/");
 * const { entries } = await store.load({ keys });
 * console.log(entries.length, (await store.list("a/")).entries.length, await store.get("a/3"));
 * await store.backup("shop-backup"); // also while the store is in use
 * console.log(await store.delete("a/1"), await store.deletePrefix("a/"));
 * await store.close();
 * ```
 */
export class SqliteStore implements Store {
  /** As in the options. */
  readonly durability: Durability;
  readonly #parts: StoreParts;
  readonly #maxValueBytes: number;
  readonly #drainTimeoutMs: number;
  readonly #clock: Clock;
  readonly #turns: ReadTurns;
  #closed: Promise<void> | undefined;

  private constructor(parts: StoreParts, options: SqliteStoreOptions) {
    this.#parts = parts;
    this.durability = options.durability ?? Durability.Machine;
    this.#maxValueBytes = maxValueBytesOption(options.maxValueBytes);
    this.#drainTimeoutMs = drainOption(options);
    this.#clock = options.clock ?? systemClock;
    this.#turns = new ReadTurns(this.#clock);
  }

  /**
   * Opens the store of a data directory. If it was not closed, its database is checked first.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`
   * @throws {@link StoreError} `ERR_STORE_LOCKED`, `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT`, `ERR_STORE_FULL`,
   *   `ERR_STORE_UNAVAILABLE`; the files are then unchanged
   */
  static async open(
    options: SqliteStoreOptions,
    openWriter: OpenWriter = (job) => WriterThread.open(job),
  ): Promise<SqliteStore> {
    requireKnownKeys("SqliteStore", options, OPTIONS);
    maxValueBytesOption(options.maxValueBytes);
    drainOption(options);
    const choices = Object.values(Durability);
    const durability = choiceOption("durability", options.durability, Durability.Machine, choices);
    const directory = dataDirectory(options.directory);
    const { path, databaseFile: file, lockFile } = directory;
    prepareDirectory(directory);
    const lock = new DirectoryLock(lockFile, file);
    let first: (Writer & { readonly epoch: number }) | undefined;
    try {
      requireNoRestore(directory);
      first = await openWriter({ directory: path, durability, epoch: undefined });
      const { epoch } = first;
      const reader = new Reader(file);
      const writer = new GroupWriter(first, () =>
        openWriter({ directory: path, durability, epoch }),
      );
      return new SqliteStore({ directory, lock, reader, writer }, options);
    } catch (error) {
      first?.terminate();
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** Absolute path of its directory. */
  get directory(): string {
    return this.#parts.directory.path;
  }

  /** Returns the entry of `key`, or `undefined` if there is none. */
  async get(key: string): Promise<StoredEntry | undefined> {
    requireKey(key);
    if (this.#turns.isSpent) await this.#turns.another();
    return this.#turns.run(() => this.#open().reader.get(key));
  }

  /** Reads several keys and whole prefixes in one round trip. */
  async load(request: LoadRequest): Promise<Loaded> {
    const accepted = acceptLoad(request);
    if (this.#turns.isSpent) await this.#turns.another();
    return this.#turns.run(() => this.#open().reader.load(accepted));
  }

  /** Returns a page of the entries whose keys start with `prefix`. */
  async list(prefix: string, options: ListOptions = {}): Promise<EntryPage> {
    const limit = acceptListing(prefix, options);
    if (this.#turns.isSpent) await this.#turns.another();
    return this.#turns.run(() => this.#open().reader.list(prefix, options.cursor, limit));
  }

  /** Returns a page of the keys that start with `prefix`. */
  async listKeys(prefix: string, options: ListOptions = {}): Promise<KeyPage> {
    const limit = acceptListing(prefix, options);
    if (this.#turns.isSpent) await this.#turns.another();
    return this.#turns.run(() => this.#open().reader.listKeys(prefix, options.cursor, limit));
  }

  /** Writes `value`, which is copied at once. Returns its revision. */
  async put(key: string, value: Uint8Array, options: WriteOptions = {}): Promise<number> {
    return (await this.batch([{ ...options, kind: WriteKind.Put, key, value }])).revision;
  }

  /** Removes `key`. Returns whether it was there. */
  async delete(key: string, options: WriteOptions = {}): Promise<boolean> {
    return (await this.batch([{ ...options, kind: WriteKind.Delete, key }])).deleted > 0;
  }

  /** Removes all entries whose keys start with `prefix`. Returns their number. */
  async deletePrefix(prefix: string): Promise<number> {
    return (await this.batch([{ kind: WriteKind.DeletePrefix, prefix }])).deleted;
  }

  /** Performs all operations, or none of them. */
  batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    try {
      return this.#open().writer.write(checkBatch(operations, this.#maxValueBytes));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Copies the store and the databases of its actors into the folder `target`, while they are in use. Everything that
   * was acknowledged before the call is in the backup; `restoreBackup` puts it into a new data directory.
   *
   * @param target is created; a folder that is there must be empty
   * @returns what the backup has
   * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE` when `target` is not empty, `ERR_STORE_FULL`
   */
  async backup(target: string): Promise<BackupManifest> {
    return backUpInThread(this.#open().directory.path, target);
  }

  /** Waits for the writes under way, then closes the files. Further calls reject with `ERR_STORE_CLOSED`. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { lock, reader, writer } = this.#parts;
    const timer = this.#clock.schedule(
      () => writer.terminate(),
      this.#drainTimeoutMs,
      KeepAlive.Yes,
    );
    reader[Symbol.dispose](); // the writer could not truncate its log while another connection is open
    try {
      await writer.close();
    } finally {
      timer.cancel();
      lock[Symbol.dispose]();
    }
  }

  /** Returns the parts of a store that is open. */
  #open(): StoreParts {
    if (this.#closed !== undefined) throw closedError();
    return this.#parts;
  }
}

function drainOption({ drainTimeoutMs }: SqliteStoreOptions): number {
  return numberOption("drainTimeoutMs", drainTimeoutMs, DEFAULT_DRAIN_MS, { min: 0, max: DAY_MS });
}
