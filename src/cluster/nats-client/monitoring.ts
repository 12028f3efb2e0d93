import { type Clock, KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";

const TIMEOUT_MS = 3_000;

/** What the monitoring of a server says about it. */
export interface ServerState {
  readonly serverId: string;
  /** Whether each write is synced to the disk before it is acknowledged. */
  readonly isSynced: boolean;
  /** Bytes that further streams may reserve on its disk; `undefined` if it does not say so. */
  readonly freeBytes: number | undefined;
}

interface Varz {
  readonly server_id?: string;
  readonly jetstream?: {
    readonly config?: { readonly sync_always?: boolean; readonly max_storage?: number };
    readonly stats?: { readonly storage?: number; readonly reserved_storage?: number };
  };
}

/**
 * Reads the state of a server.
 *
 * @param url address of its monitoring
 * @throws ClusterError `ERR_ENGINE_UNAVAILABLE`, or any error of a request that fails
 */
export async function readServerState(url: string, clock: Clock): Promise<ServerState> {
  const aborter = new AbortController();
  const timer = clock.schedule(() => aborter.abort(), TIMEOUT_MS, KeepAlive.No);
  try {
    const answer = await fetch(`${url}/varz`, { signal: aborter.signal, redirect: "error" });
    if (!answer.ok) {
      const text = `${url}/varz answers with status ${answer.status}`;
      throw new ClusterError(text, { code: ErrorCode.EngineUnavailable });
    }
    const { server_id: serverId = "", jetstream } = (await answer.json()) as Varz;
    const isSynced = jetstream?.config?.sync_always === true;
    return { serverId, isSynced, freeBytes: freeBytesOf(jetstream) };
  } finally {
    timer.cancel();
  }
}

function freeBytesOf({ config, stats }: Varz["jetstream"] = {}): number | undefined {
  if (config?.max_storage === undefined || stats === undefined) return undefined;
  // What streams without a limit hold is not reserved.
  const taken = Math.max(stats.reserved_storage ?? 0, stats.storage ?? 0);
  return Math.max(0, config.max_storage - taken);
}
