import { closeSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { requireSound } from "./database-file.ts";
import { sqlite } from "./load-sqlite.ts";
import { Doing, toStoreError } from "./sqlite-errors.ts";
import { syncDirectory, syncFile } from "./sync-to-disk.ts";

/** Checks the format of a database, and throws if this version does not know it. */
export type RequireFormat = (database: DatabaseSync, file: string) => void;

/**
 * Copies a database, which may be in use, into one file. The copy is complete or not there.
 *
 * `VACUUM INTO` reads everything in one transaction. The backup interface of SQLite starts again whenever another
 * connection writes, so it may never end beside a busy writer.
 *
 * @param target is replaced if it is there
 * @param requireFormat checks what kind of database it is
 */
export function copyDatabase(file: string, target: string, requireFormat: RequireFormat): void {
  const draft = `${target}.part`;
  try {
    rmSync(draft, { force: true });
    closeSync(openSync(draft, "wx", 0o600)); // SQLite accepts an empty file, and keeps its mode
    const database = new (sqlite().DatabaseSync)(file, { readOnly: true });
    try {
      requireFormat(database, file);
      database.prepare("VACUUM INTO ?").run(draft);
    } finally {
      database.close();
    }
    requireSoundFile(draft, requireFormat);
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
export function requireSoundFile(file: string, requireFormat: RequireFormat): void {
  let database: DatabaseSync | undefined;
  try {
    database = new (sqlite().DatabaseSync)(file, { readOnly: true });
    requireFormat(database, file);
    requireSound(database, file);
  } catch (thrown) {
    throw toStoreError(thrown, file, Doing.Open);
  } finally {
    database?.close();
  }
}
