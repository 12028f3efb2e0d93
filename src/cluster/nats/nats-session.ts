import type { Store } from "../../store/contract/store.ts";
import type { Bus } from "../engine/bus.ts";
import type { EngineCapabilities, EngineParts, EngineSession } from "../engine/engine.ts";
import { findDurability } from "../nats-client/durability.ts";
import { ensureStream } from "../nats-client/ensure-stream.ts";
import { JetStreamApi } from "../nats-client/jetstream-api.ts";
import type { NatsSettings } from "../nats-client/nats-options.ts";
import { requireServer } from "../nats-client/server-gate.ts";
import { Uplink } from "../nats-client/uplink.ts";
import { NatsStore } from "../nats-store/nats-store.ts";
import { NatsBus } from "./nats-bus.ts";
import { NatsKeyValue } from "./nats-key-value.ts";
import { NatsLog } from "./nats-log.ts";
import { logPrefix, MAX_MESSAGE_BYTES, planStreams, type StreamPlan } from "./stream-plan.ts";

/**
 * Connects, checks the server and creates what is missing.
 *
 * @throws ClusterError; see `Engine.open`
 */
export async function openNatsSession(
  settings: NatsSettings,
  parts: EngineParts,
): Promise<EngineSession> {
  const uplink = await Uplink.open({ ...parts, settings });
  try {
    requireServer(uplink.serverVersion, settings.replicas);
    const api = new JetStreamApi(uplink, settings.requestTimeoutMs);
    const plan = planStreams(settings, parts.leaseTtlMs);
    const untilMs = parts.clock.monotonicMs() + settings.connectTimeoutMs;
    const { clock } = parts;
    for (const stream of Object.values(plan)) {
      const hint = stream === plan.leases ? leasesHint(stream.name) : undefined;
      await ensureStream(stream, { api, clock, untilMs, hint });
    }
    const serverId = uplink.serverId;
    const durability = await findDurability({ ...parts, settings, serverId });
    const store = await openStore(uplink, settings, parts);
    const capabilities: EngineCapabilities = {
      engine: "nats",
      durability,
      isDistributed: true,
      serverVersion: uplink.serverVersion,
      replicas: settings.replicas,
      maxMessageBytes: Math.min(MAX_MESSAGE_BYTES, uplink.maxPayloadBytes),
    };
    return new NatsSession({ settings, parts, uplink, api, plan, store, capabilities });
  } catch (error) {
    await uplink.close();
    throw error;
  }
}

function leasesHint(name: string): string {
  return `\`leaseTtlMs\` must be the same in all processes; to change it, stop them all and delete the stream ${name}`;
}

async function openStore(
  uplink: Uplink,
  settings: NatsSettings,
  { clock, luck, onFault }: EngineParts,
): Promise<Store> {
  const { namespace, replicas, maxStreamBytes, requestTimeoutMs } = settings;
  return await NatsStore.open(uplink, {
    namespace,
    replicas,
    maxStreamBytes,
    requestTimeoutMs,
    onFault,
    clock,
    luck,
  });
}

interface SessionParts {
  readonly settings: NatsSettings;
  readonly parts: EngineParts;
  readonly uplink: Uplink;
  readonly api: JetStreamApi;
  readonly plan: StreamPlan;
  readonly store: Store;
  readonly capabilities: EngineCapabilities;
}

class NatsSession implements EngineSession {
  readonly capabilities: EngineCapabilities;
  readonly connection: Uplink;
  readonly placements: NatsKeyValue;
  readonly runners: NatsKeyValue;
  readonly leases: NatsKeyValue;
  readonly commands: NatsLog;
  readonly events: NatsLog;
  readonly deadLetters: NatsLog;
  readonly bus: Bus;
  readonly store: Store;
  #closing: Promise<void> | undefined;

  constructor({ settings, parts, uplink, api, plan, store, capabilities }: SessionParts) {
    const { namespace } = settings;
    const shared = { ...parts, uplink, api };
    this.capabilities = capabilities;
    this.connection = uplink;
    this.store = store;
    this.placements = new NatsKeyValue(plan.placements.name, shared);
    this.runners = new NatsKeyValue(plan.runners.name, shared);
    this.leases = new NatsKeyValue(plan.leases.name, shared);
    this.commands = new NatsLog(plan.commands.name, logPrefix(namespace, "cmd"), shared);
    this.events = new NatsLog(plan.events.name, logPrefix(namespace, "evt"), shared);
    this.deadLetters = new NatsLog(plan.deadLetters.name, logPrefix(namespace, "dlq"), shared);
    this.bus = new NatsBus(uplink, namespace, capabilities.maxMessageBytes);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const bucket of [this.placements, this.runners, this.leases]) bucket.close();
    for (const log of [this.commands, this.events, this.deadLetters]) await log.close();
    await this.store.close();
    await this.connection.close();
  }
}
