import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  ATTACHED_APPLICATION_ID,
  ATTACHED_FOLDER,
  ATTACHED_FORMAT,
  ATTACHED_PREFIX,
} from "../../src/store/contract/attached-files.ts";
import type { Store } from "../../src/store/contract/store.ts";
import { sqlite } from "../../src/store/sqlite/load-sqlite.ts";

/** Creates the database of an actor in a data directory, and stores that it belongs to the actor. */
export async function attachDatabase(
  store: Store,
  directory: string,
  name: string,
): Promise<DatabaseSync> {
  const file = join(directory, ATTACHED_FOLDER, name);
  mkdirSync(dirname(file), { recursive: true });
  const database = new (sqlite().DatabaseSync)(file);
  database.exec(`
    PRAGMA application_id = ${ATTACHED_APPLICATION_ID};
    PRAGMA user_version = ${ATTACHED_FORMAT};
    PRAGMA journal_mode = WAL;
    CREATE TABLE item (a INTEGER) STRICT;
  `);
  await store.put(`${ATTACHED_PREFIX}board/${name.replace(/\W/g, "-")}/x`, Buffer.from(name));
  return database;
}
