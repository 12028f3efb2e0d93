import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, toError } from "../../base/errors.ts";
import { Durability, type EngineFault } from "../engine/engine.ts";
import { readServerState, type ServerState } from "./monitoring.ts";
import type { NatsSettings } from "./nats-options.ts";

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
      states.push(await readServerState(url, parts.clock));
    } catch (error) {
      const text = `the monitoring at ${url} does not answer`;
      onFault({ kind: "monitoring_failed", text, error: toError(error) });
    }
  }
  const ids = new Set(states.map((state) => state.serverId));
  if (!ids.has(serverId) || ids.size < settings.replicas) return Durability.Unverified;
  return states.every(({ isSynced }) => isSynced) ? Durability.Machine : Durability.Process;
}
