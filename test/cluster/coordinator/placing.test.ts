import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterError } from "../../../src/base/errors.ts";
import {
  answerMessage,
  readAnswer,
  requestMessage,
} from "../../../src/cluster/codec/place-codec.ts";
import { encodePlacement } from "../../../src/cluster/codec/placement-codec.ts";
import type { CoordinatorAnswer } from "../../../src/cluster/protocol/place.ts";
import { PLACE_SUBJECT } from "../../../src/cluster/protocol/subjects.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { placementRecord, placeRequest } from "../../_support/cluster-records.ts";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";

function codeOf(answer: CoordinatorAnswer): string | undefined {
  return answer.kind === "refused" ? answer.code : undefined;
}

describe("placing an actor", () => {
  it("writes the decision with its command, sends it, and learns that the actor runs", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer, session } = await world.leader();
    const runner = await world.runner("r-1");

    const answer = await world.place("cart.alice", { input: { currency: "EUR" } });

    assert.deepEqual(answer, {
      kind: "placed",
      runnerId: "r-1",
      generation: 1,
      status: "starting",
    });
    const record = await world.untilStatus("cart.alice", "running");
    assert.deepEqual([record.generation, record.eventIndex, record.outbox], [1, 1, []]);
    assert.equal(record.input, undefined);
    assert.deepEqual(
      runner.applied.map(({ kind, data }) => [kind, data]),
      [["start", { currency: "EUR" }]],
    );
    assert.deepEqual(observer.of("failed"), []);
    assert.equal(observer.of("placed").length, 1);
    assert.equal(observer.of("started").length, 1);
    // Two writes of the record and one of the command; the event is acknowledged.
    const writes = session.calls.filter(({ what }) => what.endsWith("cart.alice"));
    assert.deepEqual(
      writes.filter(({ isWrite }) => isWrite).map(({ name }) => name),
      ["placements.put", "commands.append", "placements.put", "events.ack"],
    );
  });

  it("is answered from the record if the actor runs", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    await world.place("cart.alice");
    await world.untilStatus("cart.alice", "running");

    const answer = await world.place("cart.alice");

    assert.deepEqual(answer, { kind: "placed", runnerId: "r-1", generation: 1, status: "running" });
    assert.equal(runner.applied.length, 1);
  });

  it("shares one decision among requests for one actor", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    await world.runner("r-1");
    await world.runner("r-2");

    const answers = await Promise.all(Array.from({ length: 50 }, () => world.place("cart.alice")));

    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
    const puts = session.calls.filter(({ name }) => name === "placements.put");
    assert.ok(puts.length <= 2, `${puts.length} writes`);
  });

  it("tries again at most four times a second while decisions cannot be stored", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, observer } = await world.leader();
    await world.runner("r-1");
    let isFull = true;
    session.fateOf = ({ name }) => {
      if (name !== "placements.put" || !isFull) return "works";
      throw new ClusterError("maximum bytes exceeded", { code: "ERR_ENGINE_FULL" });
    };

    const beganMs = world.clock.monotonicMs();
    for (let at = 0; at < 20; at += 1) {
      void world.place("cart.alice", { waitMs: 60_000 }); // lets time pass, too
      await world.clock.advance(1_000);
      await settleTurns();
    }

    const seconds = (world.clock.monotonicMs() - beganMs) / 1_000;
    const failed = observer.of("failed").map(([what]) => what);
    const failures = failed.filter((what) => what === "placement could not be decided").length;
    assert.ok(failures > seconds, `${failures} attempts`);
    assert.ok(failures <= seconds * 4 + 1, `${failures} attempts`);
    isFull = false;
    assert.equal((await world.place("cart.alice")).kind, "placed");
  });

  it("gives a runner whose clock is hours ahead the time to carry it out", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    await world.place("cart.alice");
    await world.untilStatus("cart.alice", "running");

    const [start] = runner.applied;
    assert.ok(start !== undefined);
    assert.ok(start.expiresAtMs - start.issuedAtMs >= 24 * 3_600_000);
  });

  it("is refused if its decision is larger than the engine takes", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    await world.runner("r-1");
    session.fateOf = ({ name }) => {
      if (name !== "placements.put") return "works";
      throw new ClusterError("larger than 8192 bytes", { code: "ERR_ENGINE_TOO_LARGE" });
    };

    const answer = await world.place("cart.alice", { waitMs: 60_000 });

    assert.equal(codeOf(answer), "ERR_ENGINE_TOO_LARGE");
  });

  it("spreads actors over the runners that fit", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runners = [
      await world.runner("r-1"),
      await world.runner("r-2"),
      await world.runner("gpu", {
        labels: { gpu: "yes" },
        types: [{ name: "render", requires: { gpu: "yes" } }],
      }),
      await world.runner("plain", {
        labels: {},
        types: [{ name: "render", requires: { gpu: "yes" } }],
      }),
    ];
    const addresses = Array.from({ length: 40 }, (_, at) => `cart.k${at}`);

    await Promise.all(addresses.map((address) => world.place(address)));
    await Promise.all(addresses.map((_, at) => world.place(`render.k${at}`)));
    await world.until(() => runners.reduce((sum, { size }) => sum + size, 0) === 80);

    const [one, two, gpu, plain] = runners.map(({ size }) => size);
    assert.deepEqual([gpu, plain], [40, 0]);
    assert.ok(Math.max(one!, two!) <= 25, `${one} and ${two}`);
  });

  it("never exceeds the capacity of a runner: who does not fit is kept, and placed when there is room", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const runner = await world.runner("r-1", { capacity: 2 });
    await world.place("cart.a");
    await world.place("cart.b");
    await world.until(() => runner.size === 2);

    const third = world.place("cart.c", { waitMs: 20_000 });
    await world.untilStatus("cart.c", "pending");
    await runner.end("cart.a", "idle");

    assert.deepEqual(await third, {
      kind: "placed",
      runnerId: "r-1",
      generation: 1,
      status: "starting",
    });
    await world.until(() => runner.size === 2);
    assert.deepEqual(observer.of("failed"), []);
  });
});

describe("an actor that no runner can take", () => {
  it("is refused within the time of the caller, if no runner ever can (C5)", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    await world.runner("r-1");
    const startMs = world.clock.monotonicMs();

    const answer = await world.place("unheard.a", { waitMs: 3_000 });

    assert.equal(codeOf(answer), "ERR_NO_RUNNER");
    assert.match(answer.kind === "refused" ? answer.text : "", /no runner defines the type/);
    assert.ok(world.clock.monotonicMs() - startMs <= 3_100);
    assert.deepEqual(observer.of("refused"), [["ERR_NO_RUNNER"]]);
    // Nothing is left of it.
    await world.until(async () => (await world.record("unheard.a")) === undefined);
  });

  it("is placed when a runner defines its type later (C4)", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    await world.runner("r-1");
    const asked = world.place("later.a", { waitMs: 60_000, input: { n: 1 } });
    const pending = await world.untilStatus("later.a", "pending");

    const runner = await world.runner("r-2", { types: [{ name: "later" }] });

    assert.equal((await asked).kind, "placed");
    assert.deepEqual(pending.input, { n: 1 });
    await world.until(() => runner.size === 1);
    assert.deepEqual(runner.applied[0]?.data, { n: 1 });
  });

  it("is kept over a change of the coordinator", async () => {
    await using world = await CoordinatorWorld.open();
    const first = await world.leader();
    const asked = world.place("cart.a", { waitMs: 60_000 });
    await world.untilStatus("cart.a", "pending");
    const standby = await world.node("node-2");
    standby.coordinator.start();

    await world.settled(first.coordinator.close());
    const runner = await world.runner("r-1");

    assert.equal(codeOf(await asked), "ERR_ENGINE_NO_LISTENER"); // to be asked again
    await world.until(() => runner.size === 1);
  });

  it("is held in a bounded number", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader("node-1", { limits: { total: 100, perPeer: 100, pending: 3 } });

    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, at) => world.place(`cart.k${at}`, { waitMs: 2_000 })),
    );

    const codes = answers.map(codeOf).toSorted();
    assert.deepEqual(codes, [
      "ERR_NO_RUNNER",
      "ERR_NO_RUNNER",
      "ERR_NO_RUNNER",
      "ERR_PLACEMENT_OVERLOADED",
      "ERR_PLACEMENT_OVERLOADED",
    ]);
  });
});

describe("requests to the coordinator", () => {
  it("are bounded for each peer, and in all (C12)", async () => {
    await using world = await CoordinatorWorld.open();
    const limits = { total: 5, perPeer: 3, pending: 100 };
    const { observer, coordinator } = await world.leader("node-1", { limits });
    const ask = (from: string, at: number) =>
      world.place(`cart.${from}${at}`, { from, waitMs: 1_000 });
    const asked = [
      ...[1, 2, 3, 4].map((at) => ask("a", at)),
      ...[1, 2, 3].map((at) => ask("b", at)),
    ];

    const codes = (await Promise.all(asked)).map(codeOf);

    assert.equal(codes[3], "ERR_PLACEMENT_OVERLOADED"); // the fourth of a
    assert.equal(codes[6], "ERR_PLACEMENT_OVERLOADED"); // the sixth of all
    assert.equal(codes.filter((code) => code === "ERR_NO_RUNNER").length, 5);
    assert.equal(coordinator.waiting, 0);
    assert.deepEqual(observer.of("waitingAre").at(-1), [0]);
  });

  it("are refused with a code if they cannot be read", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const good = requestMessage(placeRequest());
    const ask = async (message: typeof good): Promise<string | undefined> => {
      const asked = world.client.bus.request(PLACE_SUBJECT, message, { timeoutMs: 1_000 });
      return codeOf(readAnswer(await world.settled(asked)));
    };

    assert.equal(await ask({ ...good, body: Buffer.from("{") }), "ERR_PROTOCOL_INVALID");
    assert.equal(
      await ask({ ...good, headers: { ...good.headers, "Ll-V": "2" } }),
      "ERR_PROTOCOL_VERSION",
    );
    assert.equal(
      await ask({
        ...good,
        headers: answerMessage({ kind: "signalled", outcome: "stored" }).headers,
      }),
      "ERR_PROTOCOL_INVALID",
    );
  });

  it("are not answered while no node is the coordinator", async () => {
    await using world = await CoordinatorWorld.open();

    await assert.rejects(world.place("cart.a"), { code: "ERR_ENGINE_NO_LISTENER" });
  });

  it("are refused while a record cannot be read, and nothing is overwritten", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    await world.runner("r-1");
    const later = Buffer.from(
      JSON.stringify({ ...placementRecord({ address: "cart.a" }), version: 2 }),
    );
    await world.client.placements.put("cart.a", later);

    const answer = await world.place("cart.a", { waitMs: 1_000 });

    assert.equal(codeOf(answer), "ERR_NO_RUNNER");
    assert.deepEqual((await world.client.placements.read("cart.a"))?.value, new Uint8Array(later));
    assert.ok(observer.of("failed").length > 0);
  });

  it("are told at once that a start has failed, if the next attempt comes too late", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    runner.behaviour.start = () => ({ kind: "start_failed", reason: "ERR_START_FAILED" });
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await world.place("cart.a", { waitMs: 60_000 });
      await world.until(async () => (await world.record("cart.a"))?.status === "backoff");
    }

    const startMs = world.clock.monotonicMs();
    const answer = await world.place("cart.a", { waitMs: 100 });

    assert.equal(codeOf(answer), "ERR_START_FAILED");
    assert.ok(world.clock.monotonicMs() - startMs < 100);
  });

  it("have an actor looked into that was not where its record says", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const runner = await world.runner("r-1");
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");
    runner.actors.delete("cart.a"); // as if its end had never been told

    await world.place("cart.a", { notAt: { runnerId: "r-1", generation: 1 }, waitMs: 5_000 });

    await world.until(() => runner.actors.get("cart.a")?.generation === 2);
    assert.deepEqual(observer.of("failed"), [
      ["actor was not on the runner of its placement", undefined],
    ]);
  });

  it("do not have an actor restarted that is where its record says, or whose end is on its way", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");

    await world.place("cart.a", { notAt: { runnerId: "r-1", generation: 1 } });
    await world.clock.advance(3_000);

    assert.equal(runner.actors.get("cart.a")?.generation, 1);
    runner.lose("cart.a"); // an event that is not stored yet
    const actor = runner.actors.get("cart.a");
    if (actor !== undefined) actor.isRunning = false;
    await world.place("cart.a", { notAt: { runnerId: "r-1", generation: 1 } });
    await settleTurns();
    assert.equal((await world.record("cart.a"))?.generation, 1);
  });

  it("see what another process has written, regardless of what is remembered", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    await world.runner("r-1");
    await world.runner("r-2");
    await world.place("cart.a");
    const record = await world.untilStatus("cart.a", "running");
    session.isCrashed = false;
    await world.client.placements.put(
      "cart.a",
      encodePlacement({ ...record, runnerId: "r-2", generation: 7, writeId: "other" }),
    );

    const answer = await world.place("cart.a");

    assert.deepEqual(answer, { kind: "placed", runnerId: "r-2", generation: 7, status: "running" });
  });
});
