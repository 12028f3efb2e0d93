import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../src/store/contract/store.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";

/** A place that keeps what is stored while systems come and go. */
export interface StorePlace {
  /** Opens the store for one system, which closes it. */
  open(): Promise<Store>;
  /** Removes everything. Called after the last system has closed its store. */
  remove(): void;
}

/** A memory that outlives the stores that are opened on it. */
function memoryPlace(): StorePlace {
  const memory = new MemoryStore();
  const open = async (): Promise<Store> => ({
    get: (key) => memory.get(key),
    load: (request) => memory.load(request),
    list: (prefix, options) => memory.list(prefix, options),
    listKeys: (prefix, options) => memory.listKeys(prefix, options),
    put: (key, value, options) => memory.put(key, value, options),
    delete: (key, options) => memory.delete(key, options),
    deletePrefix: (prefix) => memory.deletePrefix(prefix),
    batch: (operations) => memory.batch(operations),
    close: async () => {},
  });
  return { open, remove: () => {} };
}

function sqlitePlace(): StorePlace {
  const directory = mkdtempSync(join(tmpdir(), "limelight-keyed-"));
  return {
    open: () => SqliteStore.open({ directory }),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

/** The stores that tests of keyed actors run on. */
export const storePlaces: Readonly<Record<string, () => StorePlace>> = {
  memory: memoryPlace,
  SQLite: sqlitePlace,
};
