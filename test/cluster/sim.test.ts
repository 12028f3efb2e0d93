import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeepAlive } from "../../src/base/clock.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import { NO_ENTRY } from "../../src/cluster/engine/key-value.ts";
import type { Delivery } from "../../src/cluster/engine/log.ts";
import { isUnknownOutcome } from "../../src/cluster/engine/outcomes.ts";
import { MANY_FAULTS, NO_FAULTS } from "../../src/cluster/sim/fault-rates.ts";
import { Direction } from "../../src/cluster/sim/link.ts";
import { type SimProcess, Simulation } from "../../src/cluster/sim/simulation.ts";
import { bytes, logMessage, textOf } from "../contract/engine-world.ts";

const LEASE_TTL_MS = 15_000;
const BOTH = [Direction.Up, Direction.Down];

class Processes {
  readonly simulation: Simulation;
  #names = 0;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
  }

  static async start(seed = 1): Promise<Processes> {
    return new Processes(await Simulation.start({ seed, leaseTtlMs: LEASE_TTL_MS }));
  }

  process(options: { readonly rate?: number; readonly epochOffsetMs?: number } = {}): SimProcess {
    this.#names += 1;
    return this.simulation.process({ name: `p${this.#names}`, ...options });
  }

  open({ engine, host, luck }: SimProcess): Promise<EngineSession> {
    return engine.open({
      clock: host.clock,
      luck,
      runnerId: host.name,
      leaseTtlMs: LEASE_TTL_MS,
      onFault: () => {},
    });
  }

  /** Lets time pass until `promise` has settled. */
  async settled<Value>(promise: Promise<Value>): Promise<PromiseSettledResult<Value>> {
    let outcome: PromiseSettledResult<Value> | undefined;
    void Promise.allSettled([promise]).then(([settled]) => {
      outcome = settled;
    });
    for (let events = 0; outcome === undefined && events < 10_000; events += 1) {
      await this.simulation.time.step();
    }
    assert.ok(outcome, "the promise has never settled");
    return outcome;
  }

  async value<Value>(promise: Promise<Value>): Promise<Value> {
    const outcome = await this.settled(promise);
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  }

  pass(ms: number): Promise<void> {
    return this.simulation.time.runUntil(this.simulation.time.nowMs + ms);
  }
}

function codeOf(outcome: PromiseSettledResult<unknown>): unknown {
  return outcome.status === "rejected" ? outcome.reason.code : "fulfilled";
}

describe("the clocks of a simulation", () => {
  it("run at the rate of their process, and wait for their timers", async () => {
    const processes = await Processes.start();
    const fast = processes.process({ rate: 1.2, epochOffsetMs: 5_000 }).host;
    const slow = processes.process({ rate: 0.8 }).host;
    const fired: string[] = [];
    fast.clock.schedule(() => fired.push("fast"), 1_200, KeepAlive.No);
    slow.clock.schedule(() => fired.push("slow"), 801, KeepAlive.No);
    slow.clock.schedule(() => fired.push("never"), 10, KeepAlive.No).cancel();

    await processes.pass(1_001);

    assert.deepEqual(fired, ["fast"]);
    await processes.pass(1);
    assert.deepEqual(fired, ["fast", "slow"]);
    assert.equal(Math.round(fast.clock.monotonicMs() / slow.clock.monotonicMs() / 0.015), 100);
    assert.ok(fast.clock.epochMs() - slow.clock.epochMs() >= 5_000);
  });

  it("go on while their process is paused, and fire when it goes on", async () => {
    const processes = await Processes.start();
    const { host } = processes.process();
    const firedAtMs: number[] = [];
    host.clock.schedule(() => firedAtMs.push(host.clock.monotonicMs()), 100, KeepAlive.No);

    host.pause();
    await processes.pass(5_000);
    assert.deepEqual(firedAtMs, []);
    host.resume();
    await processes.pass(0);

    assert.deepEqual(firedAtMs, [5_000]);
  });

  it("never fire once their process has crashed", async () => {
    const processes = await Processes.start();
    const { host } = processes.process();
    const fired: string[] = [];
    host.clock.schedule(() => fired.push("fired"), 100, KeepAlive.No);

    host.crash();
    await processes.pass(200);

    assert.deepEqual(fired, []);
  });
});

describe("the faults of a simulation", () => {
  it("give a write whose reply is lost an unknown outcome, although it has happened", async () => {
    const processes = await Processes.start();
    const session = await processes.open(processes.process());
    processes.simulation.setFaults({ ...NO_FAULTS, lostReply: 1 });

    const outcome = await processes.settled(session.placements.put("a", bytes("1")));

    assert.equal(codeOf(outcome), "ERR_ENGINE_UNKNOWN_OUTCOME");
    processes.simulation.setFaults(NO_FAULTS);
    assert.equal(
      textOf((await processes.value(session.placements.read("a")))?.value ?? bytes("")),
      "1",
    );
  });

  it("give a write whose request is lost an unknown outcome, and it has not happened", async () => {
    const processes = await Processes.start();
    const session = await processes.open(processes.process());
    processes.simulation.setFaults({ ...NO_FAULTS, lostRequest: 1 });

    const outcome = await processes.settled(session.store.put("a", bytes("1")));

    assert.equal(codeOf(outcome), "ERR_STORE_UNKNOWN_OUTCOME");
    processes.simulation.setFaults(NO_FAULTS);
    assert.equal(await processes.value(session.store.get("a")), undefined);
  });

  it("let a write happen after its writer was told that its outcome is unknown", async () => {
    const processes = await Processes.start();
    const session = await processes.open(processes.process());
    processes.simulation.setFaults({ ...NO_FAULTS, ghost: 1, ghostMs: 12_000 });

    const outcome = await processes.settled(session.placements.put("a", bytes("ghost")));
    processes.simulation.setFaults(NO_FAULTS);

    assert.equal(codeOf(outcome), "ERR_ENGINE_UNKNOWN_OUTCOME");
    assert.equal(await processes.value(session.placements.read("a")), undefined);
    await processes.pass(12_000);
    assert.ok(await processes.value(session.placements.read("a")));
  });

  it("tell a process that it is cut off after a while; writes then fail for sure, until it is back", async () => {
    const processes = await Processes.start();
    const process = processes.process();
    const session = await processes.open(process);
    const changes: boolean[] = [];
    session.connection.onChange((isConnected) => changes.push(isConnected));

    process.cut(BOTH);
    const early = await processes.settled(session.placements.put("a", bytes("1")));
    await processes.pass(6_000);
    const late = await processes.settled(session.placements.put("a", bytes("2")));
    process.heal();
    await processes.pass(1_000);

    assert.equal(isUnknownOutcome((early as PromiseRejectedResult).reason), true);
    assert.equal(codeOf(late), "ERR_ENGINE_UNAVAILABLE");
    assert.deepEqual(changes, [false, true]);
    await processes.value(session.placements.put("b", bytes("3")));
  });

  it("keep back the replies alone when the way down is cut", async () => {
    const processes = await Processes.start();
    const [process, witness] = [processes.process(), await processes.open(processes.process())];
    const session = await processes.open(process);

    process.cut([Direction.Down]);
    const outcome = await processes.settled(session.placements.put("a", bytes("1")));

    assert.equal(codeOf(outcome), "ERR_ENGINE_UNKNOWN_OUTCOME");
    assert.ok(await processes.value(witness.placements.read("a")));
  });

  it("begin watches, subscriptions and consumers anew after the server was away", async () => {
    const processes = await Processes.start();
    const session = await processes.open(processes.process());
    const other = await processes.open(processes.process());
    const heard: string[] = [];
    session.bus.subscribe("news", ({ body }) => heard.push(textOf(body)));
    const changes: string[] = [];
    const watching = session.placements.watch("", {
      changed: ({ key }) => changes.push(key),
      removed: () => {},
      current: () => changes.push("current"),
    });
    await processes.value(watching);
    const taken: string[] = [];
    const consuming = session.commands.consume({
      name: "c",
      filter: "r",
      maxInFlight: 4,
      ackWaitMs: 30_000,
      deliver: (delivery: Delivery) => taken.push(textOf(delivery.body)),
    });
    await processes.value(consuming);
    await processes.value(other.commands.append(logMessage("r.a", "before")));
    await processes.value(other.leases.put("lease", bytes("kept")));
    await processes.pass(100);

    void processes.simulation.restartServer(1_000);
    await processes.pass(100);
    const refused = await processes.settled(other.placements.put("k", bytes("1")));
    await processes.pass(3_000);
    await processes.value(other.placements.put("k", bytes("2")));
    await processes.value(other.commands.append(logMessage("r.a", "after")));
    other.bus.publish("news", { headers: {}, body: bytes("hello") });
    await processes.pass(100);

    assert.equal(codeOf(refused), "ERR_ENGINE_UNAVAILABLE");
    assert.deepEqual(changes, ["current", "current", "k"]);
    assert.deepEqual(heard, ["hello"]);
    assert.deepEqual(taken, ["before", "before", "after"]);
    assert.ok(await processes.value(other.leases.read("lease")));
  });

  it("let a process that starts while the server is away join when it is back", async () => {
    const processes = await Processes.start();
    void processes.simulation.restartServer(1_000);

    const session = await processes.open(processes.process());
    const heard: string[] = [];
    session.bus.subscribe("news", ({ body }) => heard.push(textOf(body)));
    const refused = await processes.settled(session.placements.read("a"));
    await processes.pass(3_000);
    session.bus.publish("news", { headers: {}, body: bytes("hello") });
    await processes.pass(100);

    assert.equal(codeOf(refused), "ERR_ENGINE_UNAVAILABLE");
    assert.equal(session.connection.isConnected, true);
    assert.deepEqual(heard, ["hello"]);
  });

  it("deliver twice, and take the first answer", async () => {
    const processes = await Processes.start();
    const session = await processes.open(processes.process());
    const deliveries: Delivery[] = [];
    const consuming = session.events.consume({
      name: "c",
      filter: "0",
      maxInFlight: 4,
      ackWaitMs: 30_000,
      deliver: (delivery) => deliveries.push(delivery),
    });
    await processes.value(consuming);
    processes.simulation.setFaults({ ...NO_FAULTS, duplicate: 1 });

    await processes.value(session.events.append(logMessage("0.a", "twice")));
    await processes.pass(3_000);

    assert.deepEqual(
      deliveries.map(({ attempt }) => attempt),
      [1, 2],
    );
    for (const delivery of deliveries) await processes.value(delivery.ack());
    assert.equal((await processes.value(session.events.state())).messages, 0);
  });
});

/** What becomes of a few racing writers under all faults. */
async function history(seed: number): Promise<string> {
  const processes = await Processes.start(seed);
  const { simulation } = processes;
  simulation.setFaults(MANY_FAULTS);
  const lines: string[] = [];
  const write = async (name: string, session: EngineSession): Promise<void> => {
    for (let at = 0; at < 30; at += 1) {
      const outcome = await Promise.allSettled([
        session.placements.read("k").then((entry) =>
          session.placements.put("k", bytes(`${name}${at}`), {
            expectedRevision: entry?.revision ?? NO_ENTRY,
          }),
        ),
      ]);
      lines.push(`${simulation.time.nowMs} ${name} ${at} ${codeOf(outcome[0])}`);
    }
  };
  for (const name of ["a", "b", "c"]) {
    const process = processes.process({ rate: simulation.random.between(0.8, 1.2) });
    void write(name, await processes.open(process));
  }
  await processes.pass(300_000);
  return lines.join("\n");
}

describe("a seed", () => {
  it("always gives the same history, and another one another", async () => {
    const first = await history(7);

    assert.equal(await history(7), first);
    assert.notEqual(await history(8), first);
    assert.equal(first.split("\n").length, 90);
    for (const code of ["fulfilled", "ERR_ENGINE_CONFLICT", "ERR_ENGINE_UNKNOWN_OUTCOME"]) {
      assert.ok(first.includes(code), code);
    }
  });
});
