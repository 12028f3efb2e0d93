import { type Clock, KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode, toError } from "../../base/errors.ts";
import { Durability, type EngineFault } from "../engine/engine.ts";
import type { NatsSettings } from "./nats-options.ts";

const TIMEOUT_MS = 3_000;

/** What the monitoring of a server says about it. */
interface ServerState {
  readonly serverId: string;
  /** Whether each write is synced to the disk before it is acknowledged. */
  readonly isSynced: boolean;
}

/** What is asked. */
export interface DurabilityParts {
  readonly settings: NatsSettings;
  readonly clock: Clock;
  /** The server that is connected to. */
  readonly serverId: string;
  readonly onFault: (fault: EngineFault) => void;
}

/**
 * Returns what survives of an acknowledged write, as the servers' monitoring says: `machine` only if as many servers as
 * there are copies, the one that is connected to among them, sync each write. A write that was acknowledged by any server
 * survives the end of its process.
 *
 * @throws ClusterError `ERR_ENGINE_UNSAFE` if `machine` is required and not confirmed
 */
export async function findDurability(parts: DurabilityParts): Promise<Durability> {
  const found = await confirm(parts);
  const { settings } = parts;
  if (settings.durability !== Durability.Machine || found === Durability.Machine) return found;
  const why =
    settings.monitorUrls.length === 0
      ? "set `monitorUrls`, so that it can be checked"
      : "see that `sync_interval: always` is set on all of them, and all are in `monitorUrls`";
  throw new ClusterError(
    `the servers do not confirm that acknowledged writes survive a power failure: ${why}`,
    { code: ErrorCode.EngineUnsafe },
  );
}

async function confirm(parts: DurabilityParts): Promise<Durability> {
  const { settings, serverId, onFault } = parts;
  const states: ServerState[] = [];
  for (const url of settings.monitorUrls) {
    try {
      states.push(await readState(url, parts.clock));
    } catch (error) {
      const text = `the monitoring at ${url} does not answer`;
      onFault({ kind: "monitoring_failed", text, error: toError(error) });
    }
  }
  const ids = new Set(states.map((state) => state.serverId));
  if (!ids.has(serverId) || ids.size < settings.replicas) return Durability.Unverified;
  return states.every(({ isSynced }) => isSynced) ? Durability.Machine : Durability.Process;
}

async function readState(url: string, clock: Clock): Promise<ServerState> {
  const aborter = new AbortController();
  const timer = clock.schedule(() => aborter.abort(), TIMEOUT_MS, KeepAlive.No);
  try {
    const answer = await fetch(`${url}/varz`, { signal: aborter.signal, redirect: "error" });
    if (!answer.ok) {
      const text = `${url}/varz answers with status ${answer.status}`;
      throw new ClusterError(text, { code: ErrorCode.EngineUnavailable });
    }
    const { server_id: serverId = "", jetstream } = (await answer.json()) as {
      readonly server_id?: string;
      readonly jetstream?: { readonly config?: { readonly sync_always?: boolean } };
    };
    return { serverId, isSynced: jetstream?.config?.sync_always === true };
  } finally {
    timer.cancel();
  }
}
