import { createHash } from "node:crypto";
import {
  closeSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { textProperty, thrownText } from "../../base/foreign-value.ts";
import { VERSION } from "../../telemetry/version.ts";
import { ATTACHED_FOLDER, isAttachedName } from "../contract/attached-files.ts";
import { syncDirectory, syncFile } from "./sync-to-disk.ts";

/** Version of the format of a backup. */
const BACKUP_FORMAT = 1;
const MANIFEST = "manifest.json";
const MANIFEST_MODE = 0o600;
const CHUNK_BYTES = 1024 * 1024;

/** A file of a backup. */
export interface BackupFile {
  /** In the folder of the backup, with `/` on every system. */
  readonly path: string;
  /** Size of the file. */
  readonly sizeBytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** What a backup has. A folder without it is not a complete backup. */
export interface BackupManifest {
  /** Version of the format of backups. */
  readonly format: number;
  /** Version of limelight that has made it. */
  readonly limelight: string;
  /** When it was begun, in milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** The store first, then the databases of actors. */
  readonly files: readonly BackupFile[];
  /** Databases that were removed while the backup was made. Their actors are in the backup, but cannot start. */
  readonly absent: readonly string[];
}

/** Name of the store's own file in a backup. */
export const BACKUP_STORE_FILE = "limelight.db";

/** Returns the path of an attached file in a backup. */
export function attachedPath(name: string): string {
  return `${ATTACHED_FOLDER}/${name}`;
}

/** Returns the name of an attached file from its path; `undefined` for other files. */
export function attachedNameOf(path: string): string | undefined {
  const name = path.startsWith(`${ATTACHED_FOLDER}/`) ? path.slice(ATTACHED_FOLDER.length + 1) : "";
  return isAttachedName(name) ? name : undefined;
}

/** Describes a file of the backup in `folder`. */
export function describeFile(folder: string, path: string): BackupFile {
  const file = join(folder, path);
  const hash = createHash("sha256");
  const descriptor = openSync(file, "r");
  try {
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let read = -1; read !== 0; ) {
      read = readSync(descriptor, chunk);
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return { path, sizeBytes: statSync(file).size, sha256: hash.digest("hex") };
}

/** Completes the backup in `folder`: from here on it can be restored. */
export function writeManifest(
  folder: string,
  content: Pick<BackupManifest, "createdAtMs" | "files" | "absent">,
): BackupManifest {
  const manifest: BackupManifest = { format: BACKUP_FORMAT, limelight: VERSION, ...content };
  const file = join(folder, MANIFEST);
  const draft = `${file}.part`;
  writeFileSync(draft, `${JSON.stringify(manifest, null, 2)}\n`, { mode: MANIFEST_MODE });
  syncFile(draft);
  renameSync(draft, file);
  syncDirectory(folder);
  return manifest;
}

function damaged(folder: string, problem: string): StoreError {
  return new StoreError(`${folder} is not a complete backup: ${problem}`, {
    code: ErrorCode.StoreCorrupt,
  });
}

function isFile(value: unknown): value is BackupFile {
  if (typeof value !== "object" || value === null) return false;
  const { path, sizeBytes, sha256 } = value as Partial<Record<keyof BackupFile, unknown>>;
  if (typeof path !== "string" || typeof sizeBytes !== "number") return false;
  const isKnown = path === BACKUP_STORE_FILE || attachedNameOf(path) !== undefined;
  return isKnown && typeof sha256 === "string" && /^[\da-f]{64}$/.test(sha256);
}

/**
 * Reads the manifest of a backup.
 *
 * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE` when there is none, `ERR_STORE_NEWER_FORMAT`, `ERR_STORE_CORRUPT`
 */
export function readManifest(folder: string): BackupManifest {
  let text: string;
  try {
    text = readFileSync(join(folder, MANIFEST), "utf8");
  } catch (thrown) {
    throw new StoreError(`${folder} is not a backup, or was not completed: ${thrownText(thrown)}`, {
      code: ErrorCode.StoreUnavailable,
      cause: thrown,
    });
  }
  let manifest: Partial<BackupManifest>;
  try {
    manifest = JSON.parse(text) as Partial<BackupManifest>;
  } catch (thrown) {
    throw damaged(folder, thrownText(thrown));
  }
  const { format, files, absent } = manifest ?? {};
  if (typeof format !== "number") throw damaged(folder, "its manifest has no format");
  if (format > BACKUP_FORMAT) {
    const by = textProperty(manifest, "limelight") ?? "a later version";
    throw new StoreError(
      `${folder} has format ${format}, of limelight ${by}; this version knows formats up to ${BACKUP_FORMAT}`,
      { code: ErrorCode.StoreNewerFormat },
    );
  }
  const isComplete = Array.isArray(files) && files.every(isFile) && Array.isArray(absent);
  if (!isComplete || files[0]?.path !== BACKUP_STORE_FILE) {
    throw damaged(folder, "its manifest does not list its files");
  }
  return manifest as BackupManifest;
}

/**
 * Compares the files of a backup with its manifest.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT` for the first file that differs
 */
export function requireIntact(folder: string, { files }: BackupManifest): void {
  for (const { path, sizeBytes, sha256 } of files) {
    let found: BackupFile | undefined;
    try {
      found = describeFile(folder, path);
    } catch (thrown) {
      throw damaged(folder, thrownText(thrown));
    }
    if (found.sizeBytes !== sizeBytes || found.sha256 !== sha256) {
      throw damaged(folder, `${path} has changed since it was written`);
    }
  }
}
