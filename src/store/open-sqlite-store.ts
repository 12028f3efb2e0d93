import type { SqliteStore, SqliteStoreOptions } from "./sqlite/sqlite-store.ts";

/**
 * Opens the store of a data directory: an SQLite database, written in groups by a thread of its own. A write that was
 * acknowledged survives the end of the process and, with the default `durability`, the loss of power.
 *
 * Rejects with a `UsageError` `ERR_INVALID_OPTION`, or with a `StoreError` `ERR_STORE_LOCKED`, `ERR_STORE_CORRUPT`,
 * `ERR_STORE_NEWER_FORMAT`, `ERR_STORE_FULL` or `ERR_STORE_UNAVAILABLE`; the files are then unchanged. `node:sqlite` is
 * loaded by the first call.
 *
 * @example
 * ```ts
 * const store = await openSqliteStore({ directory: "shop-data" });
 * const shop = createSystem({ store }); // its shutdown closes the store
 * await shop.shutdown();
 * ```
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { SqliteStore } = await import("./sqlite/sqlite-store.ts");
  return await SqliteStore.open(options);
}
