import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { eventMessage } from "../../../src/cluster/codec/event-codec.ts";
import { eventSubject } from "../../../src/cluster/protocol/subjects.ts";
import { eventBatch } from "../../_support/cluster-records.ts";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";
import type { Fate } from "../../_support/crashing-session.ts";
import type { ModelRunner } from "../../_support/model-runner.ts";

async function eventsLeft(world: CoordinatorWorld): Promise<number> {
  return (await world.client.events.state()).messages;
}

/** Returns a runner on which the actor `cart.a` runs. */
async function runnerOfA(world: CoordinatorWorld): Promise<ModelRunner> {
  const runner = await world.runner("r-1");
  await world.place("cart.a");
  await world.untilStatus("cart.a", "running");
  return runner;
}

describe("the events of runners", () => {
  it("are acknowledged after they are stored, and applied once however often they come", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, observer } = await world.leader();
    await world.runner("r-1");
    let refused = 0;
    session.fateOf = ({ name }) => {
      if (name !== "events.ack" || refused === 3) return "works";
      refused += 1;
      return "lost";
    };

    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");
    await world.until(async () => (await eventsLeft(world)) === 0);

    const arrivals = observer.of("eventsArrived").map(([arrival, count]) => [arrival, count]);
    assert.deepEqual(arrivals, [
      ["applied", 1],
      ["duplicate", 1],
      ["duplicate", 1],
      ["duplicate", 1],
    ]);
    const names = session.calls.map(({ name }) => name);
    assert.ok(names.lastIndexOf("placements.put") < names.indexOf("events.ack"));
  });

  for (const fate of ["lost", "never answered"] as const) {
    it(`are applied although the consumer of other actors is ${fate}, and those later`, async () => {
      await using world = await CoordinatorWorld.open();
      const node = await world.node("node-1");
      const partitionOf = (address: string): string => eventSubject(address).slice(0, 1);
      const [good, bad] = ["cart.a", "cart.b"];
      assert.notEqual(partitionOf(good), partitionOf(bad));
      const mended = new Deferred<Fate>();
      let isMended = false;
      node.session.fateOf = ({ name, what }) => {
        if (isMended || name !== "events.consume" || what !== partitionOf(bad)) return "works";
        return fate === "lost" ? "lost" : mended.promise;
      };
      node.coordinator.start();
      await world.until(() => node.coordinator.term !== undefined);
      await world.runner("r-1");

      await world.place(good);
      await world.place(bad);
      await world.untilStatus(good, "running");
      assert.equal((await world.record(bad))?.status, "starting");

      isMended = true;
      mended.resolve("works");
      await world.untilStatus(bad, "running");
      const consumed = node.session.calls.filter(({ name }) => name === "events.consume");
      const others = consumed.filter(({ what }) => what !== partitionOf(bad));
      assert.equal(new Set(others.map(({ what }) => what)).size, others.length, "opened again");
    });
  }

  it("are kept while they cannot be stored", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    const runner = await runnerOfA(world);
    session.fateOf = ({ name }) => (name === "placements.put" ? "lost" : "works");
    await runner.end("cart.a", "idle");
    await world.clock.advance(20_000);
    assert.equal(await eventsLeft(world), 1);

    session.fateOf = () => "works";

    await world.untilStatus("cart.a", "asleep");
  });

  it("have one outcome each for each delivery, regardless of what becomes of them", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, observer } = await world.leader();
    const runner = await runnerOfA(world);
    const good = eventMessage(eventBatch({ address: "cart.ghost" }));
    const isBroken = ({ name }: { readonly name: string }): boolean =>
      name === "placements.put" || name === "deadLetters.append";
    session.fateOf = (call) => (isBroken(call) ? "lost" : "works");
    await runner.end("cart.a", "idle");
    await world.client.events.append(good);
    await world.client.events.append({ ...good, id: "1", body: Buffer.from("{") });
    await world.clock.advance(20_000);

    session.fateOf = () => "works";
    await world.until(async () => (await eventsLeft(world)) === 0);

    const waiting = observer.of("eventsWaitingAre").map(([events]) => events);
    const received = waiting.map((now, at) => Math.max(0, now - (waiting[at - 1] ?? 0)));
    const arrivals = observer.of("eventsArrived");
    const total = (numbers: readonly number[]): number =>
      numbers.reduce((sum, one) => sum + one, 0);
    assert.equal(total(received), total(arrivals.map(([, count]) => count)));
    assert.equal(waiting.at(-1), 0);
    const kinds = new Set(arrivals.map(([arrival]) => arrival));
    assert.deepEqual([...kinds].toSorted(), ["applied", "failed", "rejected", "stale"]);
  });

  it("are applied with one write for all that have come together", async () => {
    await using world = await CoordinatorWorld.open();
    const first = await world.leader();
    const runner = await runnerOfA(world);
    await world.settled(first.coordinator.close());
    for (let at = 0; at < 5; at += 1) {
      await runner.tell("cart.a", { kind: "command_dropped", reason: "expired" });
    }
    await runner.end("cart.a", "idle");

    const { session } = await world.leader("node-2");
    await world.untilStatus("cart.a", "asleep");
    await world.until(async () => (await eventsLeft(world)) === 0);

    const puts = session.calls.filter(({ name }) => name === "placements.put");
    assert.ok(puts.length <= 2, `${puts.length} writes`);
  });

  it("of an earlier activation or of an unknown actor change nothing", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    await runnerOfA(world);
    await world.client.events.append(eventMessage(eventBatch({ address: "cart.ghost" })));

    await world.until(async () => (await eventsLeft(world)) === 0);

    assert.equal(await world.record("cart.ghost"), undefined);
    assert.deepEqual(observer.of("eventsArrived").at(-1)?.slice(0, 2), ["stale", 2]);
  });

  it("of a later activation are held until its placement is known", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    await runnerOfA(world);
    await world.client.events.append(
      eventMessage(eventBatch({ address: "cart.a", generation: 2 })),
    );

    await world.clock.advance(3_000);

    assert.equal(await eventsLeft(world), 1);
    assert.equal((await world.record("cart.a"))?.generation, 1);
    assert.ok(observer.of("eventsArrived").some(([arrival]) => arrival === "future"));
  });

  it("are asked for again when some are missing", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const runner = await runnerOfA(world);
    // One is stored under the wrong conditions: it is kept by the runner, but not in the log.
    const actor = runner.actors.get("cart.a")!;
    runner.lose("cart.a");
    actor.told.push({ index: 2, kind: "command_dropped", atMs: 0, reason: "expired" });
    await runner.end("cart.a", "idle");

    const record = await world.untilStatus("cart.a", "asleep");

    assert.equal(record.eventIndex, 3);
    await world.until(async () => (await eventsLeft(world)) === 0);
    assert.ok(observer.of("eventsArrived").some(([arrival]) => arrival === "gap"));
    const ends = observer.of("gapEnded").map(([, missing, isRecovered]) => [missing, isRecovered]);
    assert.deepEqual(ends, [[1, true]]);
  });

  it("are not given up while the runner has not been able to send them again", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const runner = await runnerOfA(world);
    const actor = runner.actors.get("cart.a")!;
    runner.lose("cart.a");
    actor.told.push({ index: 2, kind: "command_dropped", atMs: 0, reason: "expired" });
    runner.behaviour.isAnswering = false;
    await runner.end("cart.a", "idle");
    const gaps = (): number =>
      observer.of("eventsArrived").filter(([arrival]) => arrival === "gap").length;
    await world.until(() => gaps() > 20);

    runner.behaviour.isAnswering = true;
    const record = await world.untilStatus("cart.a", "asleep");

    assert.equal(record.eventIndex, 3);
    const ends = observer.of("gapEnded").map(([, missing, isRecovered]) => [missing, isRecovered]);
    assert.deepEqual(ends, [[1, true]]);
  });

  it("are applied without the missing ones when those are certainly lost, which is told", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const runner = await runnerOfA(world);
    runner.actors.get("cart.a")?.told.splice(0);
    runner.lose("cart.a");
    runner.lose("cart.a");
    const told = runner.actors.get("cart.a")!.told;
    await runner.end("cart.a", "idle");
    told.splice(0);

    const record = await world.untilStatus("cart.a", "asleep");

    assert.equal(record.eventIndex, 4);
    const ends = observer.of("gapEnded").map(([, missing, isRecovered]) => [missing, isRecovered]);
    assert.deepEqual(ends, [[2, false]]);
  });

  it("become dead letters when they are not those of the protocol, and hold nothing up", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer, coordinator } = await world.leader();
    const good = eventMessage(eventBatch({ address: "cart.a" }));
    const subject = eventSubject("cart.a");
    await world.client.events.append({ ...good, id: "1", body: Buffer.from("{") });
    await world.client.events.append({
      ...good,
      id: "2",
      headers: { ...good.headers, "Ll-V": "7" },
    });
    await world.client.events.append({ ...good, id: "3", headers: {} });
    await world.runner("r-1");

    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");
    await world.until(async () => (await coordinator.deadLetters.count()) === 3);

    const { letters, next } = await coordinator.deadLetters.list();
    assert.deepEqual(
      letters.map(({ reason, subject: from, log }) => [reason, from, log]),
      [
        ["ERR_PROTOCOL_INVALID", subject, "evt"],
        ["ERR_PROTOCOL_VERSION", subject, "evt"],
        ["ERR_PROTOCOL_INVALID", subject, "evt"],
      ],
    );
    assert.equal(next, undefined);
    assert.equal(
      observer.of("eventsArrived").filter(([arrival]) => arrival === "rejected").length,
      3,
    );
    assert.equal(await eventsLeft(world), 0);
  });

  it("become dead letters one by one: a batch without a meaning takes no other with it", async () => {
    await using world = await CoordinatorWorld.open();
    const first = await world.leader();
    const runner = await world.runner("r-1");
    runner.behaviour.start = () => undefined;
    await world.place("cart.a");
    await world.until(() => runner.actors.has("cart.a"));
    await world.settled(first.coordinator.close());
    await runner.tell("cart.a", { kind: "start_refused", reason: "stale" }); // does not say what is stored
    const actor = runner.actors.get("cart.a")!;
    actor.eventIndex = 0;
    await runner.tell("cart.a", { kind: "running" });

    const { coordinator } = await world.leader("node-2");

    await world.untilStatus("cart.a", "running");
    assert.equal(await coordinator.deadLetters.count(), 1);
  });

  it("become dead letters only when that is stored", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, coordinator } = await world.leader();
    session.fateOf = ({ name }) => (name === "deadLetters.append" ? "lost" : "works");
    const good = eventMessage(eventBatch({ address: "cart.a" }));
    await world.client.events.append({ ...good, body: Buffer.from("{") });
    await world.clock.advance(5_000);
    assert.equal(await eventsLeft(world), 1);

    session.fateOf = () => "works";

    await world.until(async () => (await eventsLeft(world)) === 0);
    assert.equal(await coordinator.deadLetters.count(), 1);
  });
});

describe("dead letters", () => {
  it("can be sent again and discarded", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, coordinator } = await world.leader();
    await world.runner("r-1");
    const { deadLetters } = coordinator;
    const good = eventMessage(eventBatch({ address: "cart.a" }));
    await world.client.events.append({ ...good, id: "1", body: Buffer.from("{") });
    await world.client.events.append({ ...good, id: "2", body: Buffer.from("[") });
    await world.until(async () => (await deadLetters.count()) === 2);
    const [one, other] = (await deadLetters.list()).letters;

    await deadLetters.discard(one!.sequence);
    await deadLetters.resend(other!.sequence);

    // It is as bad as it was, and comes back under another number.
    await world.until(async () => (await deadLetters.list()).letters.length === 1);
    const [back] = (await deadLetters.list()).letters;
    assert.ok(back!.sequence > other!.sequence);
    assert.deepEqual(back!.body, other!.body);
    await assert.rejects(deadLetters.resend(other!.sequence), { code: "ERR_ENGINE_CONFLICT" });
    assert.ok(session.calls.some(({ name }) => name === "events.reject"));
  });

  it("are listed in pages", async () => {
    await using world = await CoordinatorWorld.open();
    const { coordinator } = await world.leader();
    const good = eventMessage(eventBatch({ address: "cart.a" }));
    for (let at = 0; at < 130; at += 1) {
      await world.client.events.append({ ...good, id: `bad-${at}`, body: Buffer.from("{") });
    }
    await world.until(async () => (await coordinator.deadLetters.count()) === 130);

    const sizes: number[] = [];
    let after: number | undefined = 0;
    while (after !== undefined) {
      const page = await coordinator.deadLetters.list(after);
      sizes.push(page.letters.length);
      after = page.next;
    }

    assert.deepEqual(sizes, [64, 64, 2]);
  });
});
