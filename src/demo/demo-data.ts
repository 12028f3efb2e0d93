import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nats } from "../cluster.ts";
import type { SystemOptions } from "../index.ts";
import { openSqliteStore, StoreError } from "../store.ts";
import { DemoError } from "./demo-error.ts";
import type { DemoOptions } from "./options.ts";

/** Where the orders of the demo are kept. */
export interface DemoData {
  /** A directory, or the address of a server. */
  readonly directory: string;
  /** The store, or the engine of the cluster that this process is a part of. */
  readonly home: Pick<SystemOptions, "store" | "engine" | "cluster">;
  /** Whether the directory is removed when the demo ends. */
  readonly temporary: boolean;
  /** Closes it, unless a system has done so. */
  close(): Promise<void>;
  /** Removes a temporary directory. The store must have been closed. */
  remove(): void;
}

/** So that a process that is killed is missed soon; a cluster for production has the default. */
const LEASE_MS = 5_000;

/**
 * Opens the store in a directory, or in a new temporary one without; of a process of a cluster, its engine.
 *
 * @throws {@link DemoError} with the code of the store, such as `ERR_STORE_LOCKED`, `ERR_STORE_CORRUPT` or
 *   `ERR_STORE_NEWER_FORMAT`
 */
export async function openData({
  data,
  nats: servers,
  natsInsecure: allowInsecure,
  node,
}: Pick<DemoOptions, "data" | "nats" | "natsInsecure" | "node">): Promise<DemoData> {
  if (servers === undefined || node === undefined) return await openDirectory(data);
  const engine = nats({ servers, allowInsecure });
  return {
    directory: servers,
    home: { engine, cluster: { name: node, leaseTtlMs: LEASE_MS } },
    temporary: false,
    close: async () => {},
    remove: () => {},
  };
}

async function openDirectory(directory: string | undefined): Promise<DemoData> {
  const temporary = directory === undefined;
  const path = directory ?? mkdtempSync(join(tmpdir(), "limelight-demo-"));
  const remove = (): void => {
    if (temporary) rmSync(path, { recursive: true, force: true });
  };
  try {
    const store = await openSqliteStore({ directory: path });
    return {
      directory: path,
      home: { store },
      temporary,
      close: async () => await store.close(),
      remove,
    };
  } catch (error) {
    remove();
    if (!(error instanceof StoreError)) throw error;
    throw new DemoError(`no data directory: ${error.message}`, { code: error.code, cause: error });
  }
}
