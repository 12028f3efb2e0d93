import type { Store } from "../../store/contract/store.ts";
import { MemoryStore } from "../../store/memory/memory-store.ts";
import type { Engine, EngineSession } from "../engine/engine.ts";
import type { FaultRates } from "./fault-rates.ts";
import { type Direction, Link } from "./link.ts";
import { Network } from "./network.ts";
import { Random } from "./random.ts";
import { type HostOptions, SimHost } from "./sim-host.ts";
import { SimServer } from "./sim-server.ts";
import { SIM_ENGINE, SimSession } from "./sim-session.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Options of {@link Simulation}. */
export interface SimulationOptions {
  readonly seed: number;
  readonly leaseTtlMs: number;
  /** What the server stores everything in. It must neither fail nor take time. Default: a new `MemoryStore`. */
  readonly store?: Store;
}

/** A process of a simulation, and the engine that it uses. */
export interface SimProcess {
  readonly host: SimHost;
  readonly engine: Engine;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Cuts the process off from the server. */
  cut(directions: readonly Direction[]): void;
  /** Ends the cut. */
  heal(): void;
}

const RIGHT_CLOCK = { rate: 1, epochOffsetMs: 0 };

/**
 * Many processes and a server in one, on virtual time. Everything that happens follows from the seed: the same seed gives
 * the same history.
 */
export class Simulation {
  readonly time: VirtualTime = new VirtualTime();
  readonly random: Random;
  readonly #network: Network;
  readonly #server: SimServer;
  readonly #links = new Set<Link>();
  #sessions = 0;

  private constructor({ seed, leaseTtlMs, store = new MemoryStore() }: SimulationOptions) {
    this.random = new Random(seed);
    const { clock } = new SimHost(this.time, { name: "server", ...RIGHT_CLOCK });
    this.#server = new SimServer(clock, leaseTtlMs, store);
    this.#network = new Network(this.time, this.random.fork(), this.#server);
  }

  /** Returns a simulation whose server has started. */
  static async start(options: SimulationOptions): Promise<Simulation> {
    const simulation = new Simulation(options);
    await simulation.#server.start();
    return simulation;
  }

  /** What is stored at the server, for checks that no fault may hit. */
  get server(): SimServer {
    return this.#server;
  }

  /** Faults that have happened, by kind. */
  get faultCounts(): ReadonlyMap<string, number> {
    return this.#network.counts;
  }

  /** How often messages go wrong that are sent from now on. */
  setFaults(rates: FaultRates): void {
    this.#network.rates = rates;
  }

  /** Starts a process. */
  process(options: Partial<HostOptions> & Pick<HostOptions, "name">): SimProcess {
    const host = new SimHost(this.time, { ...RIGHT_CLOCK, ...options });
    const luck = this.random.fork();
    const links: Link[] = [];
    return {
      host,
      luck: () => luck.next(),
      engine: {
        name: SIM_ENGINE,
        open: async () => {
          const link = new Link(host, this.#network);
          links.push(link);
          return this.#open(link, host);
        },
      },
      cut: (directions) => {
        for (const link of links) link.cut(directions);
      },
      heal: () => {
        for (const link of links) link.heal();
      },
    };
  }

  /** Ends the server, and starts it again after a while; what is stored is kept. */
  async restartServer(downMs: number): Promise<void> {
    if (this.#server.state === undefined) return;
    this.#server.stop();
    for (const link of this.#links) link.serverLost();
    await new Promise<void>((resolve) => {
      this.time.at(this.time.nowMs + downMs, undefined, () => {
        void this.#server.start().then(resolve); // a store in memory does not fail
      });
    });
  }

  #open(link: Link, host: SimHost): EngineSession {
    this.#links.add(link);
    host.onGone(() => this.#links.delete(link));
    this.#sessions += 1;
    return new SimSession(link, host, this.#network, `${host.name}-${this.#sessions}`);
  }
}
