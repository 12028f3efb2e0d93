import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { codeOf, settleTurns } from "../../_support/actor-waiting.ts";
import type { Written } from "../../_support/faulty-store.ts";
import { allAsleep, openKeyed, viewOf, WatchedStore } from "../../_support/keyed.ts";

const reasons: string[] = [];
const counter = defineKeyedActor("counter", {
  state: () => ({ total: 0 }),
  handlers: { add: (c, by: number) => (c.state.total += by), get: (c) => c.state.total },
  onSleep: (_c, reason) => reasons.push(reason),
});

describe("a commit whose outcome is unknown", () => {
  for (const [written, total] of [
    ["yes", 11],
    ["no", 1],
  ] as const satisfies readonly (readonly [Written, number])[]) {
    it(`ends the activation, and the next one reads what is stored: written ${written}`, async () => {
      reasons.length = 0;
      await using open = openKeyed();
      const ref = open.system.get(counter, "a");
      await ref.ask.add(1);
      open.store.lose(written);

      assert.equal(await codeOf(ref.ask.add(10)), "ERR_SAVE_UNKNOWN");

      assert.equal(await ref.ask.get(), total);
      assert.equal(await ref.ask.add(100), total + 100);
      assert.deepEqual(reasons, ["state_conflict"]);
      const ended = open.telemetry.logs().find(({ event }) => event === "actor.stopped");
      assert.partialDeepStrictEqual(ended, {
        reason: "state_conflict",
        err: { code: "ERR_SAVE_UNKNOWN" },
      });
    });
  }

  it("that takes effect later still makes the next commit conflict, and the key heals", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    await ref.ask.add(1);
    open.store.lose("later");
    assert.equal(await codeOf(ref.ask.add(10)), "ERR_SAVE_UNKNOWN");
    assert.equal(await ref.ask.get(), 1);

    assert.equal(await codeOf(open.store.applyLate()), "ERR_STORE_CONFLICT");

    // The late write is refused, because the next activation has written the record meanwhile.
    assert.equal(await ref.ask.add(1), 2);
    assert.deepEqual(await open.store.state("counter/a"), { total: 2 });
  });

  it("leaves messages that wait to the next activation", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    await ref.ask.add(1);
    open.store.lose("no");
    const lost = codeOf(ref.ask.add(10));
    await settleTurns(1);

    const asked = ref.ask.add(1);

    assert.equal(await lost, "ERR_SAVE_UNKNOWN");
    assert.equal(await asked, 2);
  });
});

describe("an activation that another process has overtaken", () => {
  it("stores nothing more, says so, and the next one reads again", async () => {
    const store = new WatchedStore();
    await using one = openKeyed({}, viewOf(store));
    await using other = openKeyed({}, viewOf(store));
    const [first, second] = [one.system.get(counter, "a"), other.system.get(counter, "a")];
    await first.ask.add(1);
    assert.equal(await second.ask.add(10), 11);

    assert.equal(await codeOf(first.ask.add(100)), "ERR_STATE_CONFLICT");

    assert.equal(await first.ask.add(1_000), 1_011);
    assert.equal(await codeOf(second.ask.add(1)), "ERR_STATE_CONFLICT");
    assert.equal(await second.ask.get(), 1_011);
  });
});

describe("a commit that the store rejects", () => {
  it("fails its asks, and the actor goes on with what is stored", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    await ref.ask.add(1);
    open.store.refuse("ERR_STORE_FULL");

    assert.equal(await codeOf(ref.ask.add(10)), "ERR_SAVE_FAILED");

    assert.equal(await ref.ask.add(1), 2);
    assert.equal(open.system.books().started, 1);
  });

  it("at its sleep is counted, and the actor sleeps all the same", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    await ref.ask.add(1);
    ref.tell.add(10);
    await settleTurns();
    open.store.refuse("ERR_STORE_FULL");

    await ref.sleep();

    assert.equal(await open.telemetry.value("actor.failures"), 1);
    assert.equal(await ref.ask.get(), 1);
    await ref.sleep();
    await allAsleep(open);
  });
});
