import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { controlMessage, readControlAnswer } from "../../../src/cluster/codec/control-codec.ts";
import { readEvents } from "../../../src/cluster/codec/event-codec.ts";
import type { EngineSession } from "../../../src/cluster/engine/engine.ts";
import { SignalName } from "../../../src/cluster/protocol/commands.ts";
import type { ControlAnswer, ControlRequest } from "../../../src/cluster/protocol/control.ts";
import { EventKind } from "../../../src/cluster/protocol/events.ts";
import { EventOutbox, EventQueue } from "../../../src/cluster/runner/event-outbox.ts";
import { HealthScore } from "../../../src/cluster/runner/health-score.ts";
import { Direction } from "../../../src/cluster/sim/link.ts";
import { partsOf } from "../../_support/faulty-session.ts";
import { RecordingObserver } from "../../_support/recording-observer.ts";
import { at, CART, signal } from "../../_support/runner-commands.ts";
import { type RunnerKit, RunnerWorld } from "../../_support/runner-world.ts";

const BOTH = [Direction.Up, Direction.Down];

async function ask(
  world: RunnerWorld,
  { runner }: RunnerKit,
  request: ControlRequest,
): Promise<ControlAnswer> {
  const subject = `control.${runner.id}`;
  const message = controlMessage(request);
  const reply = world.boss.bus.request(subject, message, { timeoutMs: 5_000 });
  return readControlAnswer(await world.value(reply));
}

/** Holds back what a runner appends to the log of events. */
class AppendGate {
  #isOpen = true;
  #held: (() => void)[] = [];

  close(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
    for (const go of this.#held.splice(0)) go();
  }

  readonly wrap = (session: EngineSession): EngineSession => ({
    ...partsOf(session),
    events: {
      ...partsOf(session.events),
      append: async (message) => {
        if (!this.#isOpen) await new Promise<void>((go) => this.#held.push(go));
        return await session.events.append(message);
      },
    },
  });
}

describe("the events of a runner", () => {
  it("are kept while they cannot be stored, and are stored in order afterwards", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);

    kit.process.cut(BOTH);
    kit.host.endsItself(CART);
    await world.pass(5_000);
    assert.equal(kit.observer.waiting, 1);
    kit.process.heal();
    await world.pass(5_000);

    assert.equal(kit.observer.waiting, 0);
    assert.deepEqual(await world.events(), ["1:1 running", "1:2 stopped idle"]);
    assert.ok(kit.observer.failures.includes("events could not be stored"));
  });

  it("are sent again as they were if it is not known whether they are stored", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);

    kit.process.cut([Direction.Down]);
    kit.host.endsItself(CART);
    await world.pass(6_000);
    kit.process.heal();
    await world.pass(5_000);

    assert.deepEqual(await world.events(), ["1:1 running", "1:2 stopped idle"]);
    assert.equal(kit.observer.events.duplicate, 1);
  });

  it("of one activation are stored in batches of at most 64, with contiguous indices", async () => {
    const world = await RunnerWorld.start();
    const gate = new AppendGate();
    const kit = await world.ready({ wrap: gate.wrap });
    await world.running(kit);
    kit.host.endsItself(CART);
    await world.pass(100);
    const signals = 150;
    gate.close();
    for (let index = 2; index < 2 + signals; index += 1) {
      await world.send(kit, { ...signal(1, index, SignalName.Wake), expiresAtMs: 1 }); // each is reported
    }
    await world.pass(10_000);
    assert.equal(kit.observer.waiting, signals);
    gate.open();
    await world.pass(10_000);

    const stored = await world.value(world.boss.events.read({ filter: "", limit: 256 }));
    const batches = stored.map((message) => readEvents(message).events.map(({ index }) => index));
    assert.deepEqual(
      batches.map(({ length }) => length),
      [1, 1, 1, 64, 64, 21],
    );
    assert.deepEqual(
      batches.flat(),
      Array.from({ length: signals + 2 }, (_, at) => at + 1),
    );
    assert.equal(kit.observer.events.stored, signals + 2);
  });

  it("are stored in smaller batches if they are large, and without data that does not fit", async () => {
    const world = await RunnerWorld.start();
    const { process, session } = await world.make();
    const observer = new RecordingObserver();
    const outbox = new EventOutbox({
      ...{ log: session.events, runnerId: "r-1", clock: process.host.clock, luck: process.luck },
      ...{ observer, health: new HealthScore(observer), traceNow: () => ({}) },
    });
    const queue = new EventQueue({ address: CART, generation: 1 });
    const sizes = [10, 60_000, 60_000, 60_000, 60_000, 60_000, 65_600, 10];

    for (const size of sizes) {
      outbox.add(queue, { kind: EventKind.CommandDropped, data: "x".repeat(size) });
    }
    await world.value(outbox.flushed());

    const stored = await world.value(world.boss.events.read({ filter: "", limit: 256 }));
    const events = stored.flatMap((message) => readEvents(message).events);
    assert.deepEqual(
      events.map(({ data }) => (data as string | undefined)?.length),
      [...sizes.slice(0, 6), undefined, 10],
    );
    assert.deepEqual(observer.failures, ["data of an event does not fit"]);
    assert.equal(await world.value(outbox.resend(queue, 2)), 7);
    assert.equal((await world.events()).length, 8 + 7);
  });

  it("hold further commands back when too many are not stored", async () => {
    const world = await RunnerWorld.start();
    const gate = new AppendGate();
    const kit = await world.ready({ wrap: gate.wrap });
    gate.close();

    const actors = 1_100;
    for (let number = 0; number < actors; number += 1) await world.start(kit, `cart.${number}`);
    await world.pass(5_000);
    assert.equal(kit.observer.waiting, 1_024);
    assert.equal(kit.host.actors.size, 1_024);
    kit.host.endsItself("cart.0"); // there is always room for an end
    assert.equal(kit.observer.waiting, 1_025);
    gate.open();
    await world.until("all run", () => kit.runner.actors === actors - 1);
    await world.pass(5_000);

    assert.equal(kit.observer.waiting, 0);
    assert.equal(kit.observer.events.stored, actors + 1);
  });

  it("are counted as abandoned if the runner is fenced before they are stored", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);

    kit.process.cut(BOTH);
    kit.host.endsItself(CART);
    await world.until("it is fenced", () => kit.observer.fences.length > 0);

    assert.equal(kit.observer.events.abandoned, 1);
    assert.equal(kit.observer.waiting, 0);
    const { created } = kit.observer;
    kit.process.heal();
    await world.until("it is ready again", () => kit.runner.isReady);
    assert.equal(kit.observer.created, created);
  });
});

describe("a request to a runner", () => {
  it("has events stored again, from an index on", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    await world.send(kit, { ...at(1, 2), reason: "idle" });
    await world.pass(1_000);

    const answer = await ask(world, kit, {
      ...{ kind: "resend", address: CART, generation: 1, fromIndex: 2 },
    });

    assert.deepEqual(answer, { kind: "resent", count: 1 });
    assert.deepEqual(await world.events(), ["1:1 running", "1:2 stopped idle", "1:2 stopped idle"]);
    assert.equal(kit.observer.events.resent, 1);
  });

  it("has nothing stored again of another generation or actor", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    const resend = { kind: "resend", fromIndex: 1 } as const;

    for (const [address, generation] of [
      [CART, 2],
      ["cart.other", 1],
    ] as const) {
      const answer = await ask(world, kit, { ...resend, address, generation });
      assert.deepEqual(answer, { kind: "resent", count: 0 });
    }
  });

  it("is told what an actor is doing", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const report = (): Promise<ControlAnswer> => ask(world, kit, { kind: "report", address: CART });
    const common = { kind: "report", runnerId: kit.runner.id, address: CART } as const;

    assert.deepEqual(await report(), {
      ...{ ...common, status: "unknown", generation: 0, commandIndex: 0, eventIndex: 0 },
    });
    await world.running(kit, CART, 4);
    assert.deepEqual(await report(), {
      ...{ ...common, status: "running", generation: 4, commandIndex: 1, eventIndex: 1 },
    });
    kit.host.endsItself(CART);
    assert.deepEqual(await report(), {
      ...{ ...common, status: "ended", generation: 4, commandIndex: 1, eventIndex: 2 },
    });
  });

  it("is refused with a code if it is not valid", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const message = { headers: {}, body: Buffer.from("{}") };
    const subject = `control.${kit.runner.id}`;

    const reply = world.boss.bus.request(subject, message, { timeoutMs: 5_000 });
    const answer = readControlAnswer(await world.value(reply));

    assert.equal(answer.kind === "refused" && answer.code, "ERR_PROTOCOL_INVALID");
  });

  it("reaches no listener when the runner has left", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const { id } = kit.runner;
    await world.value(kit.runner.drain());

    const message = controlMessage({ kind: "report", address: CART });
    const reply = world.boss.bus.request(`control.${id}`, message, { timeoutMs: 5_000 });
    assert.equal(await world.codeOf(reply), "ERR_ENGINE_NO_LISTENER");
  });
});
