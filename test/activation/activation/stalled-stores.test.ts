import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineKeyedActor } from "../../../src/index.ts";
import { passTimeUntil } from "../../_support/actor-system.ts";
import { codeOf, settleTurns } from "../../_support/actor-waiting.ts";
import { openKeyed } from "../../_support/keyed.ts";

const LONG = { timeoutMs: 3_600_000 };

/** What keeps an actor awake: its replies wait for the store. */
const noted: string[][] = [];

const counter = defineKeyedActor("counter", {
  idleMs: 600_000,
  state: () => ({ total: 0 }),
  handlers: {
    add: (c, by: number) => (c.state.total += by),
    get: (c) => c.state.total,
    note: (c) =>
      void noted.push(c.awakeReasons().map(({ reason, detail }) => `${reason} ${detail}`)),
    async addAndSave(c, by: number) {
      c.state.total += by;
      await c.saveState();
      return c.state.total;
    },
  },
});

function slowLines(logs: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return logs.filter(({ event }) => event === "actor.save.slow");
}

describe("a store that does not answer a commit", () => {
  it("is reported with type, key and age, counted, and shown as what keeps the actor awake", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, ["plant", "a"]).with(LONG);
    await ref.ask.add(1);
    const release = open.store.hold();
    ref.tell.add(10);
    await settleTurns();
    await open.clock.advance(1_000); // its interval
    await open.clock.advance(4_999);
    ref.tell.note();
    await settleTurns();

    await open.clock.advance(1);

    const lines = slowLines(open.telemetry.logs());
    assert.equal(lines.length, 1);
    assert.partialDeepStrictEqual(lines, [
      { target_type: "counter", target_id: "counter/plant,a", age_ms: 5_000 },
    ]);
    assert.equal(await open.telemetry.value("actor.state.save.slow"), 1);
    ref.tell.note();
    await settleTurns();
    release();
    await settleTurns();
    ref.tell.note();
    await settleTurns();
    assert.deepEqual(noted, [
      ["handling note"],
      ["handling note", "internal save"],
      ["handling note"],
    ]);
  });

  it("keeps no reply waiting beyond the deadline, and the key goes on once it has answered", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a").with(LONG);
    await ref.ask.add(1);
    const release = open.store.hold();
    const held = codeOf(ref.ask.add(10));
    await settleTurns();
    const batches = open.store.batches.length;

    await open.clock.advance(30_000);

    assert.equal(await held, "ERR_SAVE_UNKNOWN");
    let total: number | undefined;
    const next = ref.ask.get().then((read) => {
      total = read;
    });
    await settleTurns();
    // It could read a state that the write under way is about to replace.
    assert.deepEqual([total, open.store.batches.length], [undefined, batches]);
    release();
    await next;
    assert.equal(total, 11);
    const reason = open.telemetry.logs().find(({ event }) => event === "actor.stopped")?.["reason"];
    assert.equal(reason, "state_conflict");
  });

  it("answers a handler that waits for `c.saveState()`, too", async () => {
    await using open = openKeyed({ slowSaveMs: 100, saveDeadlineMs: 200 });
    const ref = open.system.get(counter, "a").with(LONG);
    await ref.ask.add(1);
    const release = open.store.hold();
    const held = codeOf(ref.ask.addAndSave(10));
    await settleTurns();

    await open.clock.advance(200);

    assert.equal(await held, "ERR_SAVE_UNKNOWN");
    assert.equal(slowLines(open.telemetry.logs()).length, 1);
    release();
  });

  it("delays the removal of the actor, which is reported, until it answers", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    await ref.ask.add(1);
    const release = open.store.hold();
    const removed = ref.destroy();
    await settleTurns();

    await open.clock.advance(29_000); // the actor is killed at 30,000
    assert.equal(slowLines(open.telemetry.logs()).length, 1);
    release();
    await removed;

    assert.deepEqual(await open.store.allKeys(), []);
  });

  it("does not hold up a shutdown beyond its deadline, and is closed all the same", async () => {
    const open = openKeyed({ shutdownDeadlineMs: 2_000 });
    const ref = open.system.get(counter, "a").with(LONG);
    await ref.ask.add(1);
    const release = open.store.hold();
    const held = codeOf(ref.ask.add(10));
    await settleTurns();
    const startedMs = open.clock.monotonicMs();

    await passTimeUntil(open.clock, open.system.shutdown());

    assert.ok(open.clock.monotonicMs() - startedMs <= 3_200);
    assert.equal(open.store.closed, true);
    assert.deepEqual([open.clock.pendingTimers, open.clock.backgroundTimers], [0, 0]);
    assert.equal(await held, "ERR_SAVE_UNKNOWN");
    release();
  });

  it("has limits that are checked", () => {
    for (const options of [{ slowSaveMs: 0 }, { saveDeadlineMs: 0 }, { slowSaveMs: Infinity }]) {
      assert.throws(() => createSystem(options), { code: "ERR_INVALID_OPTION" });
    }
  });
});
