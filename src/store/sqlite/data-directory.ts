import { chmodSync, existsSync, mkdirSync, readdirSync, statfsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ErrorCode, StoreError, UsageError } from "../../base/errors.ts";
import { Doing, toStoreError } from "./sqlite-errors.ts";

/** File systems that do not share memory between machines, which a write-ahead log needs: Linux's numbers. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x69_69, "NFS"],
  [0x51_7b, "SMB"],
  [0xff_53_4d_42, "CIFS"],
  [0xfe_53_4d_42, "SMB"],
]);

/** Where the files of a data directory are. */
export interface DataDirectory {
  readonly path: string;
  readonly databaseFile: string;
  readonly lockFile: string;
  /** A revision that is durable; see `revision-mark`. */
  readonly markFile: string;
  /** A database that a restore has copied but not yet put in its place. */
  readonly restoredFile: string;
}

/**
 * Returns the paths of a data directory, which need not exist.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` when `path` cannot be one
 */
export function dataDirectory(path: string): DataDirectory {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new UsageError("`directory` must be a path", { code: ErrorCode.InvalidOption });
  }
  const full = resolve(path);
  return {
    path: full,
    databaseFile: join(full, "limelight.db"),
    lockFile: join(full, "limelight.lock"),
    markFile: join(full, "limelight.mark"),
    restoredFile: join(full, "limelight.restored.db"),
  };
}

/**
 * Creates the directory, readable for its owner alone. A directory that is there keeps its mode unless it is empty.
 *
 * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE` when that is not possible, or on a network file system;
 *   `ERR_STORE_FULL`
 */
export function prepareDirectory({ path }: DataDirectory): void {
  try {
    const isNew = mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined;
    if (!isNew && readdirSync(path).length === 0) chmodSync(path, 0o700);
  } catch (thrown) {
    throw toStoreError(thrown, path, Doing.Open);
  }
  const network = NETWORK_FILE_SYSTEMS.get(statfsSync(path).type);
  if (network === undefined) return;
  throw new StoreError(
    `${path} is on a network file system (${network}), where locks are not safe`,
    {
      code: ErrorCode.StoreUnavailable,
    },
  );
}

/**
 * Refuses a directory in which a restore was interrupted.
 *
 * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`
 */
export function requireNoRestore({ restoredFile }: DataDirectory): void {
  if (!existsSync(restoredFile)) return;
  throw new StoreError(`${restoredFile} is there: a restore was interrupted; run it again`, {
    code: ErrorCode.StoreUnavailable,
  });
}
