import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type Store, StoreError } from "../store.ts";
import { DemoError } from "./demo-error.ts";

/** The data directory of the demo, with the store that is in it. */
export interface DemoData {
  readonly directory: string;
  readonly store: Store;
  /** Whether the directory is removed when the demo ends. */
  readonly temporary: boolean;
  /** Removes a temporary directory. The store must have been closed. */
  remove(): void;
}

/**
 * Opens the store in `directory`, or in a new temporary directory without one.
 *
 * @throws {@link DemoError} with the code of the store, such as `ERR_STORE_LOCKED`, `ERR_STORE_CORRUPT` or
 *   `ERR_STORE_NEWER_FORMAT`
 */
export async function openData(directory: string | undefined): Promise<DemoData> {
  const temporary = directory === undefined;
  const path = directory ?? mkdtempSync(join(tmpdir(), "limelight-demo-"));
  const remove = (): void => {
    if (temporary) rmSync(path, { recursive: true, force: true });
  };
  try {
    const store = await openSqliteStore({ directory: path });
    return { directory: path, store, temporary, remove };
  } catch (error) {
    remove();
    if (!(error instanceof StoreError)) throw error;
    throw new DemoError(`no data directory: ${error.message}`, { code: error.code, cause: error });
  }
}
