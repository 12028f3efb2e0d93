import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../../base/clock.ts";
import { nextTurn, runInNextTurn } from "../../base/node-timers.ts";
import { compareKeys } from "../contract/key-order.ts";
import { MAX_PAGE_BYTES } from "../contract/limits.ts";
import type { EntryPage, KeyPage, Loaded, LoadRequest, StoredEntry } from "../contract/store.ts";
import { BUSY_TIMEOUT_MS, CACHE_KIB } from "./database-file.ts";
import { sqlite } from "./load-sqlite.ts";
import { type Row, rangeOf, toBytes, toEntry, toText } from "./row.ts";
import { Doing, toStoreError } from "./sqlite-errors.ts";

/** Longest time for which reads hold up one turn of the event loop, apart from the last of them. */
const READ_MS_PER_TURN = 5;

/** Spreads reads over turns of the event loop: they run in the calling thread, and many may be requested at once. */
export class ReadTurns {
  readonly #clock: Clock;
  #spentMs = 0;
  #resets = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the time of this turn is used up, so that a read has to wait for {@link ReadTurns.another}. */
  get isSpent(): boolean {
    return this.#spentMs >= READ_MS_PER_TURN;
  }

  /** Resolves in a turn in which a read may run. */
  async another(): Promise<void> {
    while (this.isSpent) await nextTurn();
  }

  /** Runs a read, whose time counts. */
  run<Result>(read: () => Result): Result {
    if (!this.#resets) {
      this.#resets = true;
      runInNextTurn(() => this.#reset());
    }
    const startedMs = this.#clock.monotonicMs();
    try {
      return read();
    } finally {
      this.#spentMs += this.#clock.monotonicMs() - startedMs;
    }
  }

  #reset(): void {
    this.#resets = false;
    this.#spentMs = 0;
  }
}

const COLUMNS = "key, value, revision, checksum";

/**
 * Reads entries on a read-only connection, in the calling thread: a read of SQLite takes microseconds, less than a
 * message to another thread.
 */
export class Reader implements Disposable {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #entry: StatementSync;
  readonly #entries: StatementSync;
  readonly #keys: StatementSync;
  /** The entries on both sides of a key. */
  readonly #neighbours: readonly StatementSync[];

  /** @throws {@link StoreError} when the file cannot be read */
  constructor(file: string) {
    this.#file = file;
    let database: DatabaseSync | undefined;
    try {
      database = new (sqlite().DatabaseSync)(file, { readOnly: true });
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA cache_size = -${CACHE_KIB}`);
      const range = "WHERE key >= ? AND key < ? ORDER BY key";
      this.#entry = database.prepare(`SELECT ${COLUMNS} FROM entries WHERE key = ?`);
      this.#entries = database.prepare(`SELECT ${COLUMNS} FROM entries ${range}`);
      this.#neighbours = [
        database.prepare(`SELECT ${COLUMNS} FROM entries WHERE key < ? ORDER BY key DESC LIMIT 1`),
        database.prepare(`SELECT ${COLUMNS} FROM entries WHERE key > ? ORDER BY key LIMIT 1`),
      ];
      this.#keys = database.prepare(`SELECT key FROM entries ${range} LIMIT ?`);
      this.#database = database;
    } catch (thrown) {
      database?.close();
      throw toStoreError(thrown, file, Doing.Open);
    }
  }

  get(key: string): StoredEntry | undefined {
    return this.#reading(() => this.#find(key));
  }

  list(prefix: string, cursor: string | undefined, limit: number): EntryPage {
    return this.#reading(() => {
      const entries: StoredEntry[] = [];
      let sizeBytes = 0;
      for (const row of this.#under(prefix, cursor)) {
        const last = entries.at(-1);
        if (last !== undefined && (entries.length === limit || sizeBytes >= MAX_PAGE_BYTES)) {
          return { entries, cursor: last.key };
        }
        sizeBytes += row.key.length + row.value.length;
        entries.push(toEntry(row));
      }
      return { entries, cursor: undefined };
    });
  }

  listKeys(prefix: string, cursor: string | undefined, limit: number): KeyPage {
    return this.#reading(() => {
      const { from, to } = rangeOf(prefix, cursor);
      const rows = this.#keys.all(from, to, limit + 1) as unknown as Pick<Row, "key">[];
      const keys = rows.slice(0, limit).map(({ key }) => toText(key));
      return { keys, cursor: rows.length > limit ? keys.at(-1) : undefined };
    });
  }

  /** Reads all of `request` as of one moment. */
  load(request: Required<LoadRequest>): Loaded {
    return this.#reading(() => {
      this.#database.exec("BEGIN");
      try {
        return this.#loadAll(request);
      } finally {
        this.#database.exec("COMMIT");
      }
    });
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #loadAll({ keys, prefixes, maxBytes }: Required<LoadRequest>): Loaded {
    const found = new Map<string, StoredEntry>();
    const partialPrefixes: string[] = [];
    let leftBytes = maxBytes;
    for (const prefix of prefixes) {
      for (const row of this.#under(prefix)) {
        const entry = toEntry(row);
        leftBytes -= found.has(entry.key) ? 0 : row.key.length + row.value.length;
        if (leftBytes < 0) {
          partialPrefixes.push(prefix);
          break;
        }
        found.set(entry.key, entry);
      }
    }
    for (const key of keys) {
      const entry = found.get(key) ?? this.#find(key);
      if (entry !== undefined) found.set(key, entry);
    }
    const entries = [...found.values()].toSorted((one, other) => compareKeys(one.key, other.key));
    return { entries, partialPrefixes };
  }

  #find(key: string): StoredEntry | undefined {
    const bytes = toBytes(key);
    const row = this.#entry.get(bytes) as unknown as Row | undefined;
    if (row !== undefined) return toEntry(row);
    this.#requireAbsent(bytes);
    return undefined;
  }

  /**
   * Checks that a key which was not found is not there. If the bytes of the key have changed, its entry is beside the
   * place where it was looked for.
   */
  #requireAbsent(key: Uint8Array): void {
    for (const statement of this.#neighbours) {
      const row = statement.get(key) as unknown as Row | undefined;
      if (row !== undefined) toEntry(row);
    }
  }

  #under(prefix: string, cursor?: string): Iterable<Row> {
    const { from, to } = rangeOf(prefix, cursor);
    return this.#entries.iterate(from, to) as unknown as Iterable<Row>;
  }

  #reading<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (thrown) {
      throw toStoreError(thrown, this.#file, Doing.Read);
    }
  }
}
