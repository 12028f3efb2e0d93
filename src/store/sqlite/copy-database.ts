import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { requireKnownFormat, requireSound } from "./database-file.ts";
import { sqlite } from "./load-sqlite.ts";
import { Doing, toStoreError } from "./sqlite-errors.ts";
import { syncDirectory, syncFile } from "./sync-to-disk.ts";

/**
 * Copies a database, which may be in use, into one file. The copy is complete or not there.
 *
 * `VACUUM INTO` reads everything in one transaction. The backup interface of SQLite starts again whenever another
 * connection writes, so it may never end beside a busy writer.
 *
 * @param target is replaced if it is there
 */
export function copyDatabase(file: string, target: string): void {
  const draft = `${target}.part`;
  try {
    rmSync(draft, { force: true });
    closeSync(openSync(draft, "wx", 0o600)); // SQLite accepts an empty file, and keeps its mode
    const database = new (sqlite().DatabaseSync)(file, { readOnly: true });
    try {
      requireKnownFormat(database, file);
      database.prepare("VACUUM INTO ?").run(draft);
    } finally {
      database.close();
    }
    requireSoundFile(draft);
    syncFile(draft);
    renameSync(draft, target);
    syncDirectory(dirname(target));
  } catch (thrown) {
    rmSync(draft, { force: true });
    throw toStoreError(thrown, target, Doing.Write);
  }
}

/**
 * Checks a database that is not in use.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT` or `ERR_STORE_UNAVAILABLE`
 */
export function requireSoundFile(file: string): void {
  let database: DatabaseSync | undefined;
  try {
    database = new (sqlite().DatabaseSync)(file, { readOnly: true });
    requireKnownFormat(database, file);
    requireSound(database, file);
  } catch (thrown) {
    throw toStoreError(thrown, file, Doing.Open);
  } finally {
    database?.close();
  }
}
