import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MANY_FAULTS, NO_FAULTS } from "../../../src/cluster/sim/fault-rates.ts";
import { Direction } from "../../../src/cluster/sim/link.ts";
import { type SimProcess, Simulation } from "../../../src/cluster/sim/simulation.ts";
import { createGateway, expose, type Gateway, type GatewayOptions } from "../../../src/gateway.ts";
import { createSystem, type MonitoredSystem } from "../../../src/index.ts";
import { expectBooks, type InMemoryTelemetry, inMemoryTelemetry } from "../../../src/testing.ts";
import { report } from "../../_support/raw-report.ts";

const LEASE_MS = 15_000;
const SEEDS = Array.from({ length: 5 }, (_, at) => at + 1);
const REQUESTS = 10;
const BOTH = [Direction.Up, Direction.Down];
const actors = [expose(report, { requests: ["GET", "POST"] })];

/** One node of a simulated network. */
class Node {
  readonly process: SimProcess;
  readonly system: MonitoredSystem;
  readonly telemetry: InMemoryTelemetry = inMemoryTelemetry();

  constructor(simulation: Simulation, name: string, isClient: boolean) {
    this.process = simulation.process({ name });
    this.system = createSystem({
      ...this.telemetry.systemOptions,
      name,
      clock: this.process.host.clock,
      actors: [report],
      engine: this.process.engine,
      cluster: { name, client: isClient, leaseTtlMs: LEASE_MS },
    });
  }
}

/** A gateway and a runner, with a network between them in which messages get lost. */
class Lossy {
  readonly simulation: Simulation;
  readonly client: Node;
  readonly runner: Node;
  gateway: Gateway | undefined;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.runner = new Node(simulation, "runner", false);
    this.client = new Node(simulation, "client", true);
  }

  static async open(seed: number): Promise<Lossy> {
    const lossy = new Lossy(await Simulation.start({ seed, leaseTtlMs: LEASE_MS }));
    const options = { actors, port: undefined } as unknown as GatewayOptions;
    lossy.gateway = await createGateway(lossy.client.system, options);
    await lossy.settled(lossy.request("/ready"));
    return lossy;
  }

  /** Lets virtual time pass until `promise` has settled. */
  async settled<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const end = (): void => {
      isSettled = true;
    };
    promise.then(end, end);
    while (!isSettled) {
      if (!(await this.simulation.time.step())) await new Promise(setImmediate);
    }
    return await promise;
  }

  async request(path: string, body?: Uint8Array): Promise<Response> {
    const url = `http://localhost/actors/report/k/request${path}`;
    const init = body === undefined ? {} : { method: "POST", body: body as never };
    return (await this.gateway?.fetch(new Request(url, init))) as Response;
  }

  /** Sends a body that is sent back. Returns what became of it. */
  async echo(body: Uint8Array): Promise<"whole" | "refused" | "cut" | "short"> {
    const response = await this.request("/echo", body);
    if (response.status !== 201) {
      await response.text();
      return "refused";
    }
    try {
      return Buffer.from(await response.arrayBuffer()).equals(body) ? "whole" : "short";
    } catch {
      return "cut";
    }
  }

  async close(): Promise<void> {
    await this.settled(Promise.all([this.gateway?.close()]));
    for (const { system } of [this.client, this.runner]) {
      await this.settled(system.shutdown());
      expectBooks(system);
    }
  }
}

function bodyOf(seed: number, size: number): Uint8Array {
  return Buffer.from(Array.from({ length: size }, (_, at) => (at * seed + (at >> 7)) & 255));
}

describe("requests over a network that loses messages", () => {
  it("are answered whole, or are refused or cut: never short", async () => {
    const counts = { whole: 0, refused: 0, cut: 0, short: 0 };
    for (const seed of SEEDS) {
      const lossy = await Lossy.open(seed);
      lossy.simulation.setFaults({ ...MANY_FAULTS, lostBus: seed % 2 === 0 ? 0.02 : 0.005 });
      const bodies = Array.from({ length: REQUESTS }, (_, at) => bodyOf(at + seed, 50_000 * at));
      const outcomes = await lossy.settled(Promise.all(bodies.map((body) => lossy.echo(body))));
      for (const outcome of outcomes) counts[outcome] += 1;

      lossy.simulation.setFaults(NO_FAULTS);
      await lossy.settled(lossy.simulation.time.runUntil(lossy.simulation.time.nowMs + 60_000));
      assert.equal(await lossy.settled(lossy.echo(bodyOf(seed, 200_000))), "whole", `seed ${seed}`);
      await lossy.settled(lossy.simulation.time.runUntil(lossy.simulation.time.nowMs + 60_000));
      for (const { telemetry } of [lossy.client, lossy.runner]) {
        assert.equal(await telemetry.value("cluster.call.active"), 0, `seed ${seed}`);
      }
      await lossy.close();
    }

    assert.equal(counts.short, 0);
    assert.ok(counts.whole > 0 && counts.cut > 0, JSON.stringify(counts));
  });

  it("are cut when the runner cannot be reached any more, at both ends", async () => {
    const lossy = await Lossy.open(1);
    const response = await lossy.settled(lossy.request("/endless"));
    const reader = response.body?.getReader();
    await lossy.settled(Promise.all([reader?.read()]));

    lossy.runner.process.cut(BOTH);
    const drained = (async () => {
      for (;;) await reader?.read();
    })();
    await assert.rejects(lossy.settled(drained), { code: "ERR_RUNNER_LOST" });
    lossy.runner.process.heal();
    await lossy.settled(lossy.simulation.time.runUntil(lossy.simulation.time.nowMs + 60_000));

    assert.equal(await lossy.runner.telemetry.value("cluster.call.active"), 0);
    assert.equal(await lossy.runner.telemetry.value("actor.http.request.active"), 0);
    await lossy.close();
  });
});
