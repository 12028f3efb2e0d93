import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor, defineKeyedActor } from "../../../src/index.ts";
import { passTimeUntil, shutDownBy } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { allAsleep, openKeyed, WatchedStore } from "../../_support/keyed.ts";

function defineDoer(onSleep: (reason: string) => void = () => {}) {
  return defineKeyedActor("doer", {
    idleMs: 1_000,
    state: () => ({ total: 0 }),
    handlers: {
      add: (c, by: number) => (c.state.total += by),
      get: (c) => c.state.total,
    },
    onSleep: (_c, reason) => onSleep(reason),
  });
}

describe("a shutdown", () => {
  it("wakes no key for messages from outside, and says so (21)", async () => {
    const open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    const down = shutDownBy(open.clock, open.system);

    const code = codeOf(ref.ask.add(1));
    ref.tell.add(1);
    await down;

    assert.equal(await code, "ERR_SYSTEM_STOPPED");
    assert.equal(await codeOf(ref.ask.add(1)), "ERR_SYSTEM_STOPPED");
    assert.equal(open.system.books().started, 0);
    assert.equal(open.store.closed, true);
  });

  it("lets a start under way complete, stores what it was asked, and sleeps (21)", async () => {
    const store = new WatchedStore();
    store.loadGate = new Gate();
    const reasons: unknown[] = [];
    const open = openKeyed({}, store);
    const doer = defineDoer((reason) => reasons.push(reason));
    const ref = open.system.get(doer, "a");
    const asked = ref.ask.add(2);
    await settleTurns();
    const down = open.system.shutdown();
    await settleTurns();

    store.loadGate.open();
    await passTimeUntil(open.clock, down);

    assert.equal(await asked, 2);
    assert.deepEqual(await store.text("s/doer/a").catch(() => "closed"), "closed");
    assert.equal(open.system.books().active, 0);
    assert.deepEqual(reasons, ["shutdown"]);
  });

  it("wakes keys that work in flight needs", async () => {
    const open = openKeyed();
    const doer = defineDoer();
    const ref = open.system.get(doer, "a");
    const gate = new Gate();
    const caller = defineActor("caller", {
      handlers: {
        async call(c) {
          await gate.opened;
          return await c.system.get(doer, "a").ask.add(3);
        },
      },
    });
    const asked = open.system.spawn(caller).ask.call();
    await settleTurns();
    const down = open.system.shutdown();
    await settleTurns();

    gate.open();
    await passTimeUntil(open.clock, down);

    assert.equal(await asked, 3);
    assert.equal(await codeOf(ref.ask.get()), "ERR_SYSTEM_STOPPED");
  });

  it("closes the store after the last commit (22)", async () => {
    const open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    ref.tell.add(1);
    await settleTurns();
    const release = open.store.hold();
    const down = open.system.shutdown();
    await settleTurns();
    assert.equal(open.store.closed, false);

    release();
    await passTimeUntil(open.clock, down);

    assert.equal(open.store.closed, true);
    const last = open.store.batches.at(-1)?.map((operation) => "key" in operation && operation.key);
    assert.deepEqual(last, ["m/doer/a", "s/doer/a"]);
  });

  it("ends at its deadline although the store never answers, and says so", async () => {
    const open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    ref.tell.add(1);
    await settleTurns();
    open.store.hold();
    const down = open.system.shutdown();
    await settleTurns();

    const report = await passTimeUntil(open.clock, down);

    assert.equal(report.killed, 1);
    assert.deepEqual(notClosed(open.telemetry.logs()), [undefined]);
  });

  it("ends although the store fails to close, and says so", async () => {
    class Failing extends WatchedStore {
      override async close(): Promise<void> {
        await super.close();
        throw new Error("the disk is gone");
      }
    }
    const open = openKeyed({}, new Failing());
    await open.system.get(defineDoer(), "a").ask.add(1);

    const report = await shutDownBy(open.clock, open.system);

    assert.equal(report.killed, 0);
    assert.deepEqual(notClosed(open.telemetry.logs()), ["the disk is gone"]);
  });
});

/** The messages of the errors with which stores were not closed. */
function notClosed(lines: readonly Record<string, unknown>[]): unknown[] {
  const found = lines.filter(({ event }) => event === "actor.store.not_closed");
  return found.map(({ err }) => (err as Error | undefined)?.message);
}

describe("a system", () => {
  it("leaves nothing of a thousand activations behind", async () => {
    await using open = openKeyed();
    const doer = defineDoer();
    const asks = Array.from({ length: 1_000 }, (_, at) =>
      open.system.get(doer, `key-${at % 100}`).ask.add(1),
    );
    await Promise.all(asks);

    await open.clock.advance(1_000);
    await allAsleep(open);

    const { deadLetters, levels } = open.system.books();
    assert.deepEqual([deadLetters, levels], [0, {}]);
    assert.equal(await open.system.get(doer, "key-7").ask.get(), 10);
  });
});
