import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { ATTACHED_FOLDER, ATTACHED_PREFIX, attachedName } from "../contract/attached-files.ts";
import {
  attachedPath,
  BACKUP_STORE_FILE,
  type BackupManifest,
  describeFile,
  writeManifest,
} from "./backup-manifest.ts";
import { copyDatabase } from "./copy-database.ts";
import { type DataDirectory, dataDirectory, requireNoRestore } from "./data-directory.ts";
import { requireAttachedFormat, requireKnownFormat } from "./database-file.ts";
import { Reader } from "./reader.ts";
import { readMark, requireMarked } from "./revision-mark.ts";
import { Doing, toStoreError } from "./sqlite-errors.ts";

const MAX_PAGE = 1_000;

/** Returns the names of the attached files that the copy of a store refers to. */
function* namesIn(file: string): Generator<string> {
  using reader = new Reader(file);
  let cursor: string | undefined;
  do {
    const page = reader.list(ATTACHED_PREFIX, cursor, MAX_PAGE);
    for (const { value } of page.entries) {
      const name = attachedName(value);
      if (name !== undefined) yield name;
    }
    ({ cursor } = page);
  } while (cursor !== undefined);
}

/** Copies an attached file. Returns whether it was there: its actor may have been destroyed meanwhile. */
function copyAttached({ path }: DataDirectory, target: string, name: string): boolean {
  const file = join(path, ATTACHED_FOLDER, name);
  const copy = join(target, attachedPath(name));
  if (!existsSync(file)) return false;
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
  try {
    copyDatabase(file, copy, requireAttachedFormat);
    return true;
  } catch (error) {
    if (!existsSync(file)) return false;
    throw error;
  }
}

function prepareTarget(target: string): void {
  try {
    mkdirSync(target, { recursive: true, mode: 0o700 });
    if (readdirSync(target).length === 0) return;
  } catch (thrown) {
    throw toStoreError(thrown, target, Doing.Write);
  }
  throw new StoreError(`${target} is not empty`, { code: ErrorCode.StoreUnavailable });
}

function copyAll(directory: DataDirectory, target: string, createdAtMs: number): BackupManifest {
  // The store first: every database that its copy refers to exists by then, unless its actor is destroyed.
  const copy = join(target, BACKUP_STORE_FILE);
  const mark = readMark(directory.markFile); // may be written at this moment: without a record, nothing is compared
  copyDatabase(directory.databaseFile, copy, requireKnownFormat);
  requireMarked(directory, mark, copy);
  const files = [describeFile(target, BACKUP_STORE_FILE)];
  const absent: string[] = [];
  for (const name of namesIn(copy)) {
    const path = attachedPath(name);
    if (copyAttached(directory, target, name)) files.push(describeFile(target, path));
    else absent.push(path);
  }
  return writeManifest(target, { createdAtMs, files, absent });
}

/**
 * Copies the data directory of a store, which may be in use by this or another process, into the folder `target`.
 * Blocks the thread.
 *
 * No lock is taken: SQLite reads each database as of one moment while others write it. The store is copied first, then
 * the databases of actors that it refers to. Everything that was acknowledged before the beginning is in the backup.
 *
 * @param target is created; a folder that is there must be empty. It is removed again when the backup fails.
 * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`, `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT`, `ERR_STORE_FULL`
 */
export function backUpDirectory(directory: string, target: string): BackupManifest {
  const source = dataDirectory(directory);
  const { path: full } = dataDirectory(target);
  requireNoRestore(source);
  if (!existsSync(source.databaseFile)) {
    throw new StoreError(`${source.path} has no store`, { code: ErrorCode.StoreUnavailable });
  }
  const isInside = `${resolve(full)}/`.startsWith(`${source.path}/`);
  if (isInside) {
    throw new StoreError(`${full} is inside of the directory that it is a backup of`, {
      code: ErrorCode.StoreUnavailable,
    });
  }
  const createdAtMs = systemClock.epochMs();
  prepareTarget(full);
  try {
    return copyAll(source, full, createdAtMs);
  } catch (thrown) {
    rmSync(full, { recursive: true, force: true });
    throw toStoreError(thrown, full, Doing.Write);
  }
}
