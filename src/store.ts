/**
 * Stores for the records of keyed actors.
 *
 * @module limelight/store
 */
import "./base/node/require-node.ts";

export { StoreError, type StoreErrorCode } from "./base/errors.ts";
export { WriteOutcome, writeOutcome } from "./store/contract/outcomes.ts";
export {
  ABSENT,
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
} from "./store/contract/store.ts";
export { MemoryStore, type MemoryStoreOptions } from "./store/memory/memory-store.ts";
export { openSqliteStore } from "./store/open-sqlite-store.ts";
export type { BackupFile, BackupManifest } from "./store/sqlite/backup-manifest.ts";
export { Durability } from "./store/sqlite/database-file.ts";
export { type RestoreOptions, restoreBackup } from "./store/sqlite/restore.ts";
export type { SqliteStore, SqliteStoreOptions } from "./store/sqlite/sqlite-store.ts";
