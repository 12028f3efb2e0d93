import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { End, FaultProxy, Line } from "../_support/fault-proxy.ts";
import { NatsServer } from "../_support/nats-server.ts";
import { eventually } from "../_support/stack-program.ts";
import { Crew } from "./crew.ts";
import { AWAY_MS, FaultRun, LEASE_MS, RUNNERS } from "./fault-run.ts";

const LATENCY_MS = 100;
/** Far less than a runner or a client sends and gets. */
const BYTES_PER_S = 8_000;
/** Shorter than a runner takes to give up on its own. */
const SHORT_MS = LEASE_MS / 3;
/** The clients with lower numbers connect through a proxy; each actor is written to by one of them and by another one. */
const CLIENTS = "clients";
const CLIENTS_BEHIND = 8;

/** Proxies of four runners and of half of the clients to one server. */
class Wires implements AsyncDisposable {
  readonly run: FaultRun;
  readonly crew: Crew;
  readonly #proxies: ReadonlyMap<string, FaultProxy>;

  private constructor(run: FaultRun, crew: Crew, proxies: ReadonlyMap<string, FaultProxy>) {
    this.run = run;
    this.crew = crew;
    this.#proxies = proxies;
  }

  static async open(server: NatsServer): Promise<Wires> {
    const proxies = new Map<string, FaultProxy>();
    for (const name of [...RUNNERS, CLIENTS]) {
      proxies.set(name, await FaultProxy.start(server.port));
    }
    const to = (name: string): string => proxies.get(name)?.address ?? server.address;
    const crew = await Crew.start({ engine: to, names: RUNNERS, leaseTtlMs: LEASE_MS });
    const engine = (client: number): { servers: string } => ({
      servers: client < CLIENTS_BEHIND ? to(CLIENTS) : server.address,
    });
    return new Wires(new FaultRun(engine, crew), crew, proxies);
  }

  /** The proxy of a runner, or of clients. */
  of(name: string): FaultProxy {
    const proxy = this.#proxies.get(name);
    if (proxy === undefined) throw new Error(`there is no proxy of ${name}`);
    return proxy;
  }

  async coordinator(): Promise<string> {
    const witness = await this.run.witness();
    return await eventually("led", () => witness.coordinator());
  }

  /** A loss in the connections of a node; a runner loses its lease if it lasts for long. */
  async lose(name: string, line: Line, ms: number): Promise<void> {
    this.run.note(`${line} of ${kindOf(name)}`, ms > LEASE_MS ? name : undefined);
    this.of(name).set(line);
    // A real duration: the lease of a real process has to run out.
    await delay(ms);
    this.of(name).set(Line.Open);
    await this.run.answering();
  }

  /** Connections of a node are reset, and one end of them is not told. */
  async hide(name: string, end: End): Promise<void> {
    const proxy = this.of(name);
    this.run.note(`${kindOf(name)} of which the ${end}'s end is gone, and the other is not told`);
    proxy.hideEnds();
    proxy.reset([end]);
    // A runner does not hear of it before it has asked three times in vain, and loses its lease; the server never hears of it.
    await delay(end === End.Server && name !== CLIENTS ? AWAY_MS : 0);
    proxy.showEnds();
    await this.run.answering();
  }

  /** Bytes trickle. */
  async trickle(name: string): Promise<void> {
    this.run.note(`trickle of ${kindOf(name)}`);
    this.of(name).trickle(BYTES_PER_S);
    await delay(name === CLIENTS ? SHORT_MS : AWAY_MS);
    this.of(name).trickle(Infinity);
    await this.run.answering();
  }

  async reset(name: string): Promise<void> {
    this.run.note(`reset of ${kindOf(name)}`);
    this.of(name).reset();
    await this.run.answering();
  }

  /** It goes on all the time, and calls take longer. */
  async delay(name: string): Promise<void> {
    this.run.note(`latency of ${kindOf(name)}`);
    this.of(name).slow(LATENCY_MS);
    await this.run.answering();
    this.of(name).slow(0);
    await this.run.answering();
  }

  /** A runner is gone, and the server is never told: it goes on to send to it. */
  async cutPower(name: string): Promise<void> {
    this.run.note("power failure of a runner", name);
    this.of(name).hideEnds();
    await this.crew.kill(name);
    await this.run.answering();
    this.of(name).showEnds();
    await this.crew.start(name);
    await this.run.answering();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run[Symbol.asyncDispose]();
    await this.crew[Symbol.asyncDispose]();
    for (const proxy of this.#proxies.values()) await proxy[Symbol.asyncDispose]();
  }
}

function kindOf(name: string): string {
  return name === CLIENTS ? "clients" : "a runner";
}

describe("connections that fail, on one server", () => {
  it("cost nothing that was acknowledged, repeat nothing, and are replaced in time", async (context) => {
    await using server = await NatsServer.start({ syncAlways: true });
    await using wires = await Wires.open(server);
    await wires.run.answering();

    await wires.reset("r1");
    await wires.delay("r2");
    await wires.lose("r3", Line.Stalled, SHORT_MS);
    await wires.lose("r4", Line.BlackHole, AWAY_MS);
    await wires.lose("r1", Line.NoRequests, AWAY_MS);
    await wires.lose("r2", Line.NoReplies, AWAY_MS);
    await wires.hide("r3", End.Client);
    await wires.hide("r4", End.Server);
    await wires.trickle("r1");
    await wires.cutPower("r2");

    await wires.reset(await wires.coordinator());
    await wires.lose(await wires.coordinator(), Line.Stalled, AWAY_MS);
    await wires.lose(await wires.coordinator(), Line.NoReplies, AWAY_MS);
    await wires.hide(await wires.coordinator(), End.Client);
    await wires.trickle(await wires.coordinator());
    await wires.cutPower(await wires.coordinator());

    await wires.reset(CLIENTS);
    await wires.lose(CLIENTS, Line.Stalled, SHORT_MS);
    await wires.lose(CLIENTS, Line.NoReplies, SHORT_MS);
    await wires.hide(CLIENTS, End.Client);
    await wires.lose(CLIENTS, Line.NoRequests, SHORT_MS);
    await wires.hide(CLIENTS, End.Server);
    await wires.trickle(CLIENTS);

    context.diagnostic(await wires.run.finish());
  });
});
