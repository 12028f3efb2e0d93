import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { ATTACHED_FOLDER } from "../contract/attached-files.ts";
import {
  attachedNameOf,
  BACKUP_STORE_FILE,
  type BackupManifest,
  describeFile,
  readManifest,
  requireIntact,
} from "./backup-manifest.ts";
import { requireSoundFile } from "./copy-database.ts";
import { type DataDirectory, dataDirectory, prepareDirectory } from "./data-directory.ts";
import { requireAttachedFormat, requireKnownFormat } from "./database-file.ts";
import { DirectoryLock } from "./directory-lock.ts";
import { Doing, toStoreError } from "./sqlite-errors.ts";
import { syncDirectory, syncFile } from "./sync-to-disk.ts";

/** Options of {@link restoreBackup}. */
export interface RestoreOptions {
  /** The folder of a backup. */
  readonly backup: string;
  /** The data directory. It is created; one that is there must be empty, or have an interrupted restore. */
  readonly directory: string;
}

/** Checks the databases of a backup, which SQLite would otherwise find damaged when they are used. */
function requireSound(folder: string, { files }: BackupManifest): void {
  for (const { path } of files) {
    const isStore = path === BACKUP_STORE_FILE;
    requireSoundFile(join(folder, path), isStore ? requireKnownFormat : requireAttachedFormat);
  }
}

/** Refuses a directory that has anything but what an interrupted restore has left. */
function requireEmpty(directory: DataDirectory): void {
  const { path, lockFile, restoredFile } = directory;
  const own = [basename(lockFile), `${basename(lockFile)}-journal`, basename(restoredFile)];
  if (existsSync(restoredFile)) own.push(ATTACHED_FOLDER);
  const others = readdirSync(path).filter((name) => !own.includes(name));
  if (others.length === 0) return;
  throw new StoreError(`${path} is not empty`, { code: ErrorCode.StoreUnavailable });
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, 0o600);
  syncFile(to);
  syncDirectory(dirname(to));
}

/** Copies the backup. The store gets its name last: until then the directory cannot be opened. */
function copyAll(backup: string, manifest: BackupManifest, directory: DataDirectory): void {
  const { path, databaseFile, restoredFile } = directory;
  copy(join(backup, BACKUP_STORE_FILE), restoredFile);
  rmSync(join(path, ATTACHED_FOLDER), { recursive: true, force: true });
  for (const file of manifest.files) {
    if (attachedNameOf(file.path) === undefined) continue;
    copy(join(backup, file.path), join(path, file.path));
    if (describeFile(path, file.path).sha256 !== file.sha256) {
      throw new StoreError(`${file.path} was not copied as it is`, {
        code: ErrorCode.StoreCorrupt,
      });
    }
  }
  renameSync(restoredFile, databaseFile);
  syncDirectory(path);
}

/**
 * Puts a backup into a data directory that no process uses. Blocks the thread.
 *
 * As long as the copy is not complete, the directory cannot be opened; an interrupted restore can be run again.
 *
 * @throws {@link StoreError} `ERR_STORE_NEWER_FORMAT` when the backup was written by a later version,
 *   `ERR_STORE_CORRUPT` when it is damaged or incomplete, `ERR_STORE_LOCKED` when the directory is in use,
 *   `ERR_STORE_UNAVAILABLE` when it is not empty or there is no backup, `ERR_STORE_FULL`
 *
 * @example
 * ```ts
 * const store = await openSqliteStore({ directory: "cart-data" });
 * await store.put("a", Buffer.from("1"));
 * await store.backup("cart-backup");
 * await store.close();
 * const { files } = restoreBackup({ backup: "cart-backup", directory: "cart-data-2" });
 * console.log(files.map(({ path }) => path)); // [ 'limelight.db' ]
 * ```
 */
export function restoreBackup({ backup, directory: path }: RestoreOptions): BackupManifest {
  const directory = dataDirectory(path);
  const { path: folder } = dataDirectory(backup);
  const manifest = readManifest(folder);
  requireIntact(folder, manifest);
  requireSound(folder, manifest);
  prepareDirectory(directory);
  if (!existsSync(directory.lockFile)) requireEmpty(directory);
  using _lock = new DirectoryLock(directory.lockFile, directory.databaseFile);
  requireEmpty(directory);
  try {
    copyAll(folder, manifest, directory);
  } catch (thrown) {
    throw toStoreError(thrown, directory.path, Doing.Write);
  }
  return manifest;
}
