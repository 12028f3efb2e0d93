import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { NatsOptions } from "../../src/cluster.ts";
import { NatsCluster } from "../_support/nats-server.ts";
import { Here, Network } from "../_support/network.ts";
import { eventually } from "../_support/stack-program.ts";
import { Crew } from "./crew.ts";
import { AWAY_MS, FaultRun, LEASE_MS, RUNNERS } from "./fault-run.ts";

export const SERVERS: readonly string[] = ["n1", "n2", "n3"];
/**
 * The clients with lower numbers are at {@link Here.First} and use the first two servers; the others are at
 * {@link Here.Second} and use the third one. Each actor is used by one of each.
 */
const CLIENTS_AT_FIRST = 8;
/** What runners connect to that do not use all of {@link SERVERS}. */
const SERVERS_OF: Readonly<Record<string, readonly string[]>> = { r4: ["n3"] };
/** Servers notice routes that are silent as fast as our clients notice servers. */
const CONFIG = "ping_interval: 2s\nping_max: 2";

/** Three servers and four runners, each on a machine of its own, and clients on the machine of the tests. */
export class Machines implements AsyncDisposable {
  readonly run: FaultRun;
  readonly #network: Network;
  readonly #servers: NatsCluster;
  readonly #stack: AsyncDisposable;

  private constructor(
    network: Network,
    servers: NatsCluster,
    run: FaultRun,
    stack: AsyncDisposable,
  ) {
    this.run = run;
    this.#network = network;
    this.#servers = servers;
    this.#stack = stack;
  }

  /** Resolves when the runners take actors. */
  static async open(): Promise<Machines> {
    await using opening = new AsyncDisposableStack();
    const network = opening.use(await Network.open([...SERVERS, ...RUNNERS]));
    const [one, two, three] = SERVERS.map((name) => network.machine(name));
    assert.ok(one && two && three);
    const machines = [one, two, three] as const;
    const servers = await NatsCluster.start({ syncAlways: true, config: CONFIG, machines });
    opening.use(servers);
    const engine = (names: readonly string[], here: Here): NatsOptions => ({
      servers: names.map((name) => {
        const port = servers.servers[SERVERS.indexOf(name)]?.port;
        return `${network.addressOf(name, here)}:${port}`;
      }),
      replicas: 3,
      allowInsecure: true, // no packet leaves this host
    });
    const crew = await Crew.start({
      engine: (name) => engine(SERVERS_OF[name] ?? SERVERS, Here.First),
      names: RUNNERS,
      leaseTtlMs: LEASE_MS,
      via: (name) => network.machine(name).via,
    });
    opening.use(crew);
    const engineOf = (client: number): NatsOptions =>
      client < CLIENTS_AT_FIRST ? engine(["n1", "n2"], Here.First) : engine(["n3"], Here.Second);
    const run = opening.use(new FaultRun(engineOf, crew));
    return new Machines(network, servers, run, opening.move());
  }

  /** Name of the runner that is the coordinator. */
  async coordinator(): Promise<string> {
    const witness = await this.run.witness();
    return await eventually("led", () => witness.coordinator());
  }

  /** Name of the server that leads the others. */
  async leader(): Promise<string> {
    const { servers } = this.#servers;
    return await eventually("led", async () => {
      const leader = await this.#servers.leader();
      return leader && SERVERS[servers.indexOf(leader)];
    });
  }

  /** Resolves when each actor has answered again after `cut` was made, has lasted for a while, and was healed. */
  async away(cut: (network: Network) => Promise<void>, ms: number = AWAY_MS): Promise<void> {
    await this.cut(cut, ms);
    await this.heal();
    await this.run.answering();
  }

  /** Makes a cut that lasts for a while, by default until leases end. Returns when it was complete. */
  async cut(cut: (network: Network) => Promise<void>, ms: number = AWAY_MS): Promise<number> {
    await cut(this.#network);
    const cutMs = performance.now();
    // A real duration: the lease of a real process has to run out.
    await delay(ms);
    return cutMs;
  }

  async heal(): Promise<void> {
    await this.#network.heal();
  }

  /** Machines besides these. Those of the tests are not among them: {@link Here} tells where they are. */
  others(...names: readonly string[]): readonly string[] {
    return [...SERVERS, ...RUNNERS].filter((name) => !names.includes(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}
