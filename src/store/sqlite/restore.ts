import { existsSync, renameSync, rmSync } from "node:fs";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { copyDatabase, requireSoundFile } from "./copy-database.ts";
import { type DataDirectory, dataDirectory, prepareDirectory } from "./data-directory.ts";
import { requireKnownFormat } from "./database-file.ts";
import { DirectoryLock } from "./directory-lock.ts";
import { sqlite } from "./load-sqlite.ts";
import { Doing, toStoreError } from "./sqlite-errors.ts";
import { syncDirectory } from "./sync-to-disk.ts";

/** Options of {@link restoreBackup}. */
export interface RestoreOptions {
  /** A file that `SqliteStore.backup` has written. */
  readonly backup: string;
  readonly directory: string;
  /** Whether a store that is there may be replaced. Default: no. */
  readonly replace?: boolean;
}

/** The parts of a database, which move together. */
const SUFFIXES = ["", "-wal", "-shm"] as const;

/**
 * Refuses to replace a database of a later version: the program that wrote it may still be needed.
 *
 * @throws {@link StoreError} `ERR_STORE_NEWER_FORMAT`
 */
function requireNotNewer(file: string): void {
  try {
    const database = new (sqlite().DatabaseSync)(file, { readOnly: true });
    try {
      requireKnownFormat(database, file);
    } finally {
      database.close();
    }
  } catch (thrown) {
    const error = toStoreError(thrown, file, Doing.Open);
    // A damaged database is what a restore is for.
    if (error.code === ErrorCode.StoreNewerFormat) throw error;
  }
}

function requireReplaceable({ databaseFile }: DataDirectory, replace: boolean): void {
  if (!SUFFIXES.some((suffix) => existsSync(databaseFile + suffix))) return;
  if (!replace) {
    throw new StoreError(`${databaseFile} is there already`, { code: ErrorCode.StoreUnavailable });
  }
  requireNotNewer(databaseFile);
}

/**
 * Puts a backup into a data directory that no process uses. What it replaces is kept beside it, as
 * `limelight.db.replaced`. Blocks the thread.
 *
 * As long as the copy is not in its place, the directory cannot be opened; an interrupted restore can be run again.
 *
 * @throws {@link StoreError} `ERR_STORE_NEWER_FORMAT` when the backup, or the store it would replace, was written by a
 *   later version; `ERR_STORE_CORRUPT` when the backup is damaged; `ERR_STORE_LOCKED` when the directory is in use;
 *   `ERR_STORE_UNAVAILABLE` when a store is there and `replace` is not set; `ERR_STORE_FULL`
 */
export function restoreBackup({ backup, directory: path, replace = false }: RestoreOptions): void {
  const directory = dataDirectory(path);
  const { databaseFile, restoredFile } = directory;
  requireSoundFile(backup);
  prepareDirectory(directory);
  using _lock = new DirectoryLock(directory.lockFile, databaseFile);
  // An interrupted restore has passed this check already, and may have moved the files.
  if (!existsSync(restoredFile)) requireReplaceable(directory, replace);
  copyDatabase(backup, restoredFile);
  try {
    for (const suffix of SUFFIXES) {
      if (!existsSync(databaseFile + suffix)) continue;
      renameSync(databaseFile + suffix, `${databaseFile}.replaced${suffix}`);
    }
    renameSync(restoredFile, databaseFile);
    syncDirectory(directory.path);
  } catch (thrown) {
    throw toStoreError(thrown, databaseFile, Doing.Write);
  }
  rmSync(`${databaseFile}.replaced-shm`, { force: true });
}
