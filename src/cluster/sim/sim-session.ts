import { MAX_MESSAGE_BYTES } from "../embedded/shared-state.ts";
import {
  type Connection,
  Durability,
  type EngineCapabilities,
  type EngineSession,
} from "../engine/engine.ts";
import type { Link } from "./link.ts";
import type { Network } from "./network.ts";
import { SimBus } from "./sim-bus.ts";
import type { SimHost } from "./sim-host.ts";
import { SimKeyValue } from "./sim-key-value.ts";
import { SimLog } from "./sim-log.ts";
import { SimStore } from "./sim-store.ts";

export const SIM_ENGINE = "sim";

/** A session of a simulated process. */
export class SimSession implements EngineSession {
  readonly capabilities: EngineCapabilities = {
    engine: SIM_ENGINE,
    durability: Durability.Process,
    isDistributed: true,
    serverVersion: undefined,
    replicas: 1,
    maxMessageBytes: MAX_MESSAGE_BYTES,
  };
  readonly connection: Connection;
  readonly placements: SimKeyValue;
  readonly runners: SimKeyValue;
  readonly leases: SimKeyValue;
  readonly commands: SimLog;
  readonly events: SimLog;
  readonly deadLetters: SimLog;
  readonly bus: SimBus;
  readonly store: SimStore;
  readonly #link: Link;
  #closed: Promise<void> | undefined;

  /** @param name is unique to the session */
  constructor(link: Link, host: SimHost, network: Network, name: string) {
    this.#link = link;
    this.connection = link;
    this.placements = new SimKeyValue(link, host, "placements", (state) => state.placements);
    this.runners = new SimKeyValue(link, host, "runners", (state) => state.runners);
    this.leases = new SimKeyValue(link, host, "leases", (state) => state.leases);
    this.commands = new SimLog(link, host, network, "commands", (state) => state.commands);
    this.events = new SimLog(link, host, network, "events", (state) => state.events);
    this.deadLetters = new SimLog(link, host, network, "dead", (state) => state.deadLetters);
    this.bus = new SimBus(link, host, name);
    this.store = new SimStore(link, network.server.store);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#link.close();
    this.bus.close();
    await this.store.close();
  }
}
