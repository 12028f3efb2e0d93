import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { thrownText } from "../../base/foreign-value.ts";
import type { DataDirectory } from "./data-directory.ts";
import { newestRevision } from "./database-file.ts";
import { Doing, toStoreError } from "./sqlite-errors.ts";
import { syncDirectory, syncFile } from "./sync-to-disk.ts";

/*
 * The mark is a small file beside the database with a revision that is durable. SQLite takes the end of its log that
 * is missing, or all of it, for a loss of power: it opens the database as of an earlier commit. A database that ends
 * before the mark has lost commits in this way.
 */

const RECORD = /^limelight-mark 1 \d{16} [\da-f]{8}\n$/;
const REVISION_DIGITS = 16;
const REVISION_AT = "limelight-mark 1 ".length;
const MODE = 0o600;

/** What a mark file says. */
export interface Mark {
  /** At least this revision was durable; 0 if that is not known. */
  readonly revision: number;
  /** Whether the file has a record, so that it can be written in place. */
  readonly isIntact: boolean;
  /** Why the file, although it is there, says nothing. */
  readonly problem?: string;
}

function recordOf(revision: number): string {
  const text = `limelight-mark 1 ${String(revision).padStart(REVISION_DIGITS, "0")}`;
  return `${text} ${crc32(text).toString(16).padStart(8, "0")}\n`;
}

const RECORD_BYTES = recordOf(0).length;

/** Reads the beginning of a file, one byte more than a record has. */
function readBeginning(file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(RECORD_BYTES + 1);
    return bytes.toString("latin1", 0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads a mark file, which need not exist. One without a valid record says nothing about the database.
 *
 * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE` when the file is there and cannot be read
 */
export function readMark(file: string): Mark {
  if (!existsSync(file)) return { revision: 0, isIntact: false };
  let text: string;
  try {
    text = readBeginning(file);
  } catch (thrown) {
    throw toStoreError(thrown, file, Doing.Read);
  }
  const revision = Number(text.slice(REVISION_AT, REVISION_AT + REVISION_DIGITS));
  if (RECORD.test(text) && text === recordOf(revision)) return { revision, isIntact: true };
  const problem = `${file} has no valid record: commits that are missing from the store at this opening would not be noticed`;
  return { revision: 0, isIntact: false, problem };
}

/**
 * Compares a database with its mark. The database must be locked, or be a copy that was begun after the mark was read.
 * It is not changed, and neither is its log.
 *
 * @param file the database or a copy of it
 * @throws {@link StoreError} `ERR_STORE_CORRUPT` when the database ends before the mark
 */
export function requireMarked(
  { databaseFile, markFile }: DataDirectory,
  { revision }: Mark,
  file: string = databaseFile,
): void {
  if (revision === 0) return;
  const isThere = existsSync(file);
  if (isThere && statSync(file).size === 0) return; // is refused as empty
  const newest = isThere ? newestRevision(file) : 0;
  if (newest >= revision) return;
  const found = isThere ? `ends at revision ${newest}` : "is missing";
  throw new StoreError(
    `${databaseFile} ${found}, but revision ${revision} was stored: revisions ${newest + 1} to ${revision} are ` +
      "missing, as when limelight.db-wal was removed or truncated. Put the missing files back or restore a backup; " +
      `to go on without these revisions, remove ${markFile}`,
    { code: ErrorCode.StoreCorrupt },
  );
}

/** Creates the file as a whole, so that a crash leaves either no file or a record. */
function create(file: string, revision: number): void {
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, recordOf(revision), { mode: MODE, flag: "wx" });
  syncFile(draft);
  renameSync(draft, file);
  syncDirectory(dirname(file));
}

/**
 * Writes the mark after each group of commits. Its writes are not synchronized: they may be lost with the power, and
 * the mark is then lower than it could be. It is never higher than what is durable.
 */
export class RevisionMark {
  readonly #file: string;
  readonly #descriptor: number;
  #hasFailed = false;

  /** @param descriptor of the file that is written; `file` names it in reports */
  constructor(file: string, descriptor: number) {
    this.#file = file;
    this.#descriptor = descriptor;
  }

  /**
   * Opens the file for writing, and creates or replaces one without a record.
   *
   * @param found what was read from it
   * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`, `ERR_STORE_FULL`
   */
  static open(file: string, found: Mark): RevisionMark {
    try {
      if (!found.isIntact) create(file, 0);
      return new RevisionMark(file, openSync(file, "r+"));
    } catch (thrown) {
      throw toStoreError(thrown, file, Doing.Write);
    }
  }

  /**
   * Notes a revision that is durable. A failure does not affect the commit: the mark is lower than it could be, until
   * a later write succeeds.
   *
   * @param revision `undefined` if there is nothing to note
   * @returns the text of a warning for the first failure
   */
  write(revision: number | undefined): string | undefined {
    if (revision === undefined) return undefined;
    try {
      writeSync(this.#descriptor, recordOf(revision), 0, "latin1");
      return undefined;
    } catch (thrown) {
      if (this.#hasFailed) return undefined;
      this.#hasFailed = true;
      return `${this.#file} cannot be written: ${thrownText(thrown)}. Commits are stored; a loss of the newest ones would not be noticed`;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
