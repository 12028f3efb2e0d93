import { chmodSync, existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { sqlite } from "./load-sqlite.ts";
import { Doing, isBusy, toStoreError } from "./sqlite-errors.ts";

/** Returns who has marked the database as open, for an error; an empty text if that cannot be read. */
function ownerOf(databaseFile: string): string {
  let database: DatabaseSync | undefined;
  try {
    database = new (sqlite().DatabaseSync)(databaseFile, { readOnly: true });
    const row = database.prepare("SELECT pid, epoch FROM store").get();
    return row === undefined ? "" : `: process ${row["pid"]}, opening ${row["epoch"]}`;
  } catch {
    return "";
  } finally {
    database?.close();
  }
}

/**
 * Locks a data directory against other processes, and against a second store of this process.
 *
 * The lock is an open exclusive transaction on a database of its own. The operating system holds it and releases it
 * when the process ends in whatever way, so a lock cannot become stale and the id of a process is never compared.
 * Node has no other access to such locks. The lock file must not be opened by other means: closing any descriptor
 * of it would release the lock.
 */
export class DirectoryLock implements Disposable {
  readonly #database: DatabaseSync;

  /**
   * @param databaseFile names the owner in the error
   * @throws {@link StoreError} `ERR_STORE_LOCKED` when another store has the lock
   */
  constructor(file: string, databaseFile: string) {
    let database: DatabaseSync | undefined;
    try {
      database = new (sqlite().DatabaseSync)(file);
      database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
      if (existsSync(file)) chmodSync(file, 0o600);
      this.#database = database;
    } catch (thrown) {
      database?.close();
      if (!isBusy(thrown)) throw toStoreError(thrown, file, Doing.Open);
      throw new StoreError(`${databaseFile} is in use by another store${ownerOf(databaseFile)}`, {
        code: ErrorCode.StoreLocked,
        cause: thrown,
      });
    }
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
