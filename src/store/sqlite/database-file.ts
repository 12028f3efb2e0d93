import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { ATTACHED_APPLICATION_ID, ATTACHED_FORMAT } from "../contract/attached-files.ts";
import { sqlite } from "./load-sqlite.ts";
import { Doing, toStoreError } from "./sqlite-errors.ts";
import { syncDirectory, syncFile } from "./sync-to-disk.ts";

/** Marks a database as one of limelight, in SQLite's `application_id`. The bytes are `lime`. */
const APPLICATION_ID = 0x6c_69_6d_65;
/** Version of the schema, in SQLite's `user_version`. Files of a later version are refused. */
const FORMAT = 1;

/** Small values fit into a page of this size, where a smaller page would put each into a page of its own. */
const PAGE_BYTES = 8_192;

/*
 * `store` has one row. `epoch` counts the openings, `clean` is 1 between a close and the next opening, `sequence`
 * is the revision of the last batch.
 */
const SCHEMA = `
  PRAGMA page_size = ${PAGE_BYTES};
  PRAGMA application_id = ${APPLICATION_ID};
  CREATE TABLE entries (
    key BLOB PRIMARY KEY, revision INTEGER NOT NULL, checksum INTEGER NOT NULL, value BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE store (
    epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, clean INTEGER NOT NULL, pid INTEGER NOT NULL
  ) STRICT;
  INSERT INTO store VALUES (0, 0, 1, 0);
  PRAGMA user_version = ${FORMAT};
`;

/**
 * What an acknowledged write survives.
 *
 * @enum
 */
export const Durability = {
  /** The end of the process, the crash of the machine, and the loss of power: each commit waits for the disk. */
  Machine: "machine",
  /** The end of the process, also by `SIGKILL`. The last writes before a loss of power may be gone. */
  Process: "process",
} as const;
export type Durability = (typeof Durability)[keyof typeof Durability];

const SYNCHRONOUS = { [Durability.Machine]: "FULL", [Durability.Process]: "NORMAL" } as const;

/** How long SQLite waits where another program, such as its shell, holds the lock of the file. */
export const BUSY_TIMEOUT_MS = 2_000;
/** Pages that each connection keeps in memory. With SQLite's own 2 MiB, reads of 10,000 actors take 1.6 times as long. */
export const CACHE_KIB: number = 16 * 1024;
const MAX_WAL_BYTES = 64 * 1024 * 1024;

/** Creates the file as a whole: it has either the complete schema or is not there. */
function create(file: string): void {
  const draft = `${file}.new`;
  for (const rest of [draft, `${draft}-journal`]) rmSync(rest, { force: true });
  closeSync(openSync(draft, "wx", 0o600));
  const database = new (sqlite().DatabaseSync)(draft);
  try {
    database.exec(SCHEMA);
  } finally {
    database.close();
  }
  syncFile(draft);
  renameSync(draft, file);
  syncDirectory(dirname(file));
}

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

/**
 * Checks that a database is one of limelight, in a format that this version knows.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT` or `ERR_STORE_NEWER_FORMAT`
 */
export function requireKnownFormat(database: DatabaseSync, file: string): void {
  if (pragma(database, "application_id") !== APPLICATION_ID) {
    throw new StoreError(`${file} is not a store of limelight`, { code: ErrorCode.StoreCorrupt });
  }
  const version = pragma(database, "user_version");
  if (typeof version !== "number" || version < 1) {
    throw new StoreError(`${file} has no valid format version`, { code: ErrorCode.StoreCorrupt });
  }
  if (version > FORMAT) {
    throw new StoreError(
      `${file} has format ${version}; this version of limelight knows formats up to ${FORMAT}`,
      { code: ErrorCode.StoreNewerFormat },
    );
  }
  database.prepare("SELECT key, revision, checksum, value FROM entries"); // throws if a column is missing
}

/**
 * Checks that a database is one of an actor, in a format that this version knows.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT` or `ERR_STORE_NEWER_FORMAT`
 */
export function requireAttachedFormat(database: DatabaseSync, file: string): void {
  if (pragma(database, "application_id") !== ATTACHED_APPLICATION_ID) {
    throw new StoreError(`${file} is not the database of an actor`, {
      code: ErrorCode.StoreCorrupt,
    });
  }
  const version = Number(pragma(database, "user_version"));
  if (version <= ATTACHED_FORMAT) return;
  throw new StoreError(
    `${file} has format ${version}; this version of limelight knows formats up to ${ATTACHED_FORMAT}`,
    { code: ErrorCode.StoreNewerFormat },
  );
}

/**
 * Checks the structure of the whole file.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT` with the first problem that was found
 */
export function requireSound(database: DatabaseSync, file: string): void {
  const problem = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (problem === "ok") return;
  throw new StoreError(`${file} is damaged: ${String(problem)}`, { code: ErrorCode.StoreCorrupt });
}

/** Refuses what would otherwise be taken for a new, empty store. */
function requireNotLost(file: string): void {
  const isThere = existsSync(file);
  if (isThere && statSync(file).size > 0) return;
  if (!isThere && !existsSync(`${file}-wal`)) return;
  throw new StoreError(
    `${file} ${isThere ? "is empty" : "is missing, but its write-ahead log is there"}`,
    { code: ErrorCode.StoreCorrupt },
  );
}

/**
 * Reads the newest revision of a database without changing it. A connection for writing would move what is left of its
 * log into the file when it is closed.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT` or `ERR_STORE_UNAVAILABLE`
 */
export function newestRevision(file: string): number {
  let database: DatabaseSync | undefined;
  try {
    database = new (sqlite().DatabaseSync)(file, { readOnly: true });
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    requireKnownFormat(database, file);
    const row = database.prepare("SELECT sequence FROM store").get();
    if (row === undefined) throw lostState(file);
    return Number(row["sequence"]);
  } catch (thrown) {
    throw toStoreError(thrown, file, Doing.Open);
  } finally {
    database?.close();
  }
}

function lostState(file: string): StoreError {
  return new StoreError(`${file} has lost its state`, { code: ErrorCode.StoreCorrupt });
}

/** An opening of the file. */
interface Epoch {
  readonly epoch: number;
  /** The newest revision, which is durable; `undefined` when the writer of a running opening is started again. */
  readonly revision: number | undefined;
}

/** A database that is open for writing. */
export interface OpenDatabase extends Epoch {
  readonly database: DatabaseSync;
}

/** Marks the file as open. A file that was not closed is checked first. */
function beginEpoch(database: DatabaseSync, file: string): Epoch {
  database.exec("BEGIN IMMEDIATE");
  const row = database.prepare("SELECT epoch, clean, sequence FROM store").get();
  if (row === undefined) throw lostState(file);
  if (row["clean"] !== 1) requireSound(database, file);
  const epoch = Number(row["epoch"]) + 1;
  database.prepare("UPDATE store SET epoch = ?, clean = 0, pid = ?").run(epoch, process.pid);
  database.exec("COMMIT");
  return { epoch, revision: Number(row["sequence"]) };
}

/**
 * Opens the database for writing, and creates it if there is none. It must be locked against other processes.
 *
 * @param epoch the running opening of the file, when its writer is started again; default: a new one
 * @throws {@link StoreError} when the file cannot be used; it is then unchanged
 */
export function openForWriting(file: string, durability: Durability, epoch?: number): OpenDatabase {
  let database: DatabaseSync | undefined;
  try {
    requireNotLost(file);
    if (!existsSync(file)) create(file);
    database = new (sqlite().DatabaseSync)(file);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    requireKnownFormat(database, file);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${SYNCHRONOUS[durability]};
      PRAGMA foreign_keys = ON;
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA journal_size_limit = ${MAX_WAL_BYTES};
      PRAGMA wal_autocheckpoint = 0;
    `);
    const opening =
      epoch === undefined ? beginEpoch(database, file) : { epoch, revision: undefined };
    return { database, ...opening };
  } catch (thrown) {
    database?.close();
    throw toStoreError(thrown, file, Doing.Open);
  }
}

/** Moves the log into the file, marks it as closed, and closes it. */
export function closeCleanly({ database, epoch }: Pick<OpenDatabase, "database" | "epoch">): void {
  try {
    database.prepare("UPDATE store SET clean = 1 WHERE epoch = ?").run(epoch);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}
