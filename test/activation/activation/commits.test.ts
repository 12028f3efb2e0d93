import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { settleTurns, until } from "../../_support/actor-waiting.ts";
import { FaultyStore } from "../../_support/faulty-store.ts";

const handlers = {
  add(c: { state: { total: number } }, amount: number) {
    c.state.total += amount;
    return c.state.total;
  },
  read: (c: { state: { total: number } }) => c.state.total,
};

const counter = defineKeyedActor("counter", { state: () => ({ total: 0 }), handlers });

/** Goes on after a commit that is not stored, with what is in memory. */
const stubborn = defineKeyedActor("stubborn", {
  state: () => ({ total: 0 }),
  onFailure: () => "resume",
  handlers,
});

describe("the first commit of an activation", () => {
  it("does not hold up a reply that shows nothing new", async () => {
    const store = new FaultyStore();
    await using open = openManualSystem({ store });
    const a = open.system.get(counter, "a");
    await a.ask.add(2);
    await a.sleep();
    const release = store.hold();

    const total = await a.ask.read();
    const before = store.batches.length;
    release();
    await a.sleep();

    assert.equal(total, 2);
    assert.equal(before, 2); // on its way, and not stored
    assert.match((await store.text("m/counter/a")) ?? "", /"generation":2/);
  });

  it("holds up a reply of an actor that did not exist before", async () => {
    const store = new FaultyStore();
    await using open = openManualSystem({ store });
    const release = store.hold();
    let isGiven = false;

    const reply = open.system.get(counter, "a").ask.read();
    void reply.then(() => {
      isGiven = true;
    });
    await until(() => store.batches.length === 1);
    await settleTurns();
    const before = isGiven;
    release();

    assert.equal(await reply, 0);
    assert.equal(before, false);
  });

  it("that is refused by the fence ends the activation, and the next one goes on", async () => {
    const store = new FaultyStore();
    await using open = openManualSystem({ store });
    const a = open.system.get(counter, "a");
    await a.ask.add(2);
    await a.sleep();
    store.refuse("ERR_STORE_CONFLICT");

    const total = await a.ask.read();
    const reason = await a.whenStopped();
    const next = await a.ask.add(1);

    assert.deepEqual([total, reason, next], [2, "state_conflict", 3]);
  });
});

describe("a commit that is not stored", () => {
  it("is part of the next one if supervision lets the actor go on", async () => {
    const store = new FaultyStore();
    await using open = openManualSystem({ store });
    const a = open.system.get(stubborn, "a");
    await a.ask.add(1);
    store.refuse("ERR_STORE_FULL");

    await assert.rejects(a.ask.add(2), { code: "ERR_SAVE_FAILED" });
    const total = await a.ask.add(4);

    assert.equal(total, 7);
    assert.equal(await store.text("s/stubborn/a"), '{"total":7}');
  });

  it("makes the actor go back to what is stored, by default", async () => {
    const store = new FaultyStore();
    await using open = openManualSystem({ store });
    const a = open.system.get(counter, "a");
    await a.ask.add(1);
    store.refuse("ERR_STORE_FULL");

    await assert.rejects(a.ask.add(2), { code: "ERR_SAVE_FAILED" });
    const total = await a.ask.add(4);

    assert.equal(total, 5);
    assert.equal(await store.text("s/counter/a"), '{"total":5}');
  });
});
