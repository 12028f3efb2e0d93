import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { activationOf } from "../../../src/activation/activation/activation.ts";
import { requireRuntime } from "../../../src/actor/system/create-runtime.ts";
import { defineKeyedActor } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { allAsleep, type OpenKeyed, openKeyed, WatchedStore } from "../../_support/keyed.ts";

/** What `onSleep` was called with. */
const slept: string[] = [];

const counter = defineKeyedActor("counter", {
  state: () => ({ total: 0 }),
  idleMs: 1_000,
  restart: { policy: "never" },
  handlers: {
    add(c) {
      c.state.total += 1;
      return c.state.total;
    },
    crash() {
      throw new RangeError("crash");
    },
    sleep: (c) => c.sleep(),
  },
  onSleep: (_c, reason) => void slept.push(reason),
});

/** Named, since the type of a definition cannot depend on itself. */
interface Peer {
  readonly ask: { ping(): Promise<string> };
}

interface Case {
  readonly reason: string;
  /** Calls `onSleep`; default true. */
  readonly hook?: boolean;
  /** What is stored afterwards; default 1, the only addition. */
  readonly total?: number;
  readonly maxResident?: number;
  end(open: OpenKeyed): unknown;
}

const CASES: readonly Case[] = [
  { reason: "idle", end: ({ clock }) => clock.advance(1_000) },
  { reason: "requested", end: ({ system }) => system.get(counter, "a").ask.sleep() },
  { reason: "requested", end: ({ system }) => system.get(counter, "a").sleep() },
  { reason: "requested", end: ({ system }) => system.get(counter, "a").stop() },
  {
    reason: "evicted",
    maxResident: 1,
    end: ({ system }) => system.get(counter, "b").ask.add(),
  },
  {
    reason: "drained",
    end({ system }) {
      const [cell] = [...requireRuntime(system).topLevel.descendants()];
      if (cell !== undefined) activationOf(cell).sleep("drained");
    },
  },
  { reason: "failed", end: ({ system }) => system.get(counter, "a").tell.crash() },
  {
    reason: "state_conflict",
    async end({ system, store }) {
      store.lose("no");
      await assert.rejects(system.get(counter, "a").ask.add(), { code: "ERR_SAVE_UNKNOWN" });
    },
  },
  { reason: "killed", hook: false, end: ({ system }) => system.get(counter, "a").kill() },
];

describe("why a keyed actor ended", () => {
  for (const [at, { reason, hook = true, total = 1, maxResident, end }] of CASES.entries()) {
    it(`is ${reason} in its hook, span, line and counter (${at + 1})`, async () => {
      slept.length = 0;
      const limits = maxResident === undefined ? {} : { maxResident };
      await using open = openKeyed(limits, new WatchedStore());
      await open.system.get(counter, "a").ask.add();

      await end(open);
      await until(() => open.telemetry.logs().some(({ event }) => event === "actor.stopped"));
      await settleTurns();

      assert.deepEqual(slept, hook ? [reason] : []);
      assert.deepEqual(await open.store.state("counter/a"), { total });
      const [line] = open.telemetry.logs().filter(({ event }) => event === "actor.stopped");
      assert.equal(line?.["reason"], reason);
      const points = await open.telemetry.points("actor.stopped");
      assert.deepEqual(
        points.map(({ attributes, value }) => [attributes["actor.stop.reason"], value]),
        [[reason, 1]],
      );
      const spans = open.telemetry.spansNamed("counter stop");
      assert.deepEqual(
        spans.map(({ attributes }) => attributes["actor.stop.reason"]),
        hook ? [reason] : [],
      );
    });
  }

  it("is shutdown when its system is shut down", async () => {
    slept.length = 0;
    const open = openKeyed();
    await open.system.get(counter, "a").ask.add();

    await open[Symbol.asyncDispose]();

    assert.deepEqual(slept, ["shutdown"]);
    const [span] = open.telemetry.spansNamed("counter stop");
    assert.equal(span?.attributes["actor.stop.reason"], "shutdown");
  });
});

describe("actors that go to sleep in one sweep", () => {
  it("may ask each other in `onSleep`, also when one of them hangs", async () => {
    const asked: string[] = [];
    const hang = new Gate();
    const peer = defineKeyedActor("peer", {
      idleMs: 1_000,
      messages: {} as { ping(): string },
      handlers: { ping: (c) => c.key.join() },
      async onSleep(c) {
        const [key = ""] = c.key;
        if (key === "hangs") return hang.opened;
        if (c.generation > 1) return; // woken by the other one's question
        const other: Peer = c.system.get(peer, key === "a" ? "b" : "a");
        asked.push(`${key} asked ${await other.ask.ping()}`);
      },
    });
    await using open = openManualSystem();
    for (const key of ["hangs", "a", "b"]) await open.system.get(peer, key).ask.ping();

    for (let passedMs = 0; passedMs < 4_000; passedMs += 100) await open.clock.advance(100);
    const waiting = open.system.books().active;
    hang.open();
    await until(() => open.system.books().active === 0);

    assert.deepEqual(asked, ["a asked b", "b asked a"]);
    assert.equal(waiting, 1, "only the one that hangs is still there");
  });
});

describe("an actor whose `onSleep` never settles", () => {
  it("is abandoned at its deadline and counted; the key can be used, and what it writes later is refused", async () => {
    const wake = new Gate();
    const late: unknown[] = [];
    const stuck = defineKeyedActor("stuck", {
      state: () => ({ total: 0 }),
      stopDeadlineMs: 2_000,
      handlers: {
        add(c) {
          c.state.total += 1;
          return c.state.total;
        },
      },
      async onSleep(c) {
        if (c.generation > 1) return;
        await wake.opened;
        try {
          c.state.total = 1_000;
          await c.saveState();
        } catch (error) {
          late.push((error as { code?: unknown }).code);
        }
      },
    });
    await using open = openKeyed();
    const ref = open.system.get(stuck, "a");
    await ref.ask.add();

    const asleep = ref.sleep();
    await settleTurns();
    const answer = ref.ask.add();
    await open.clock.advance(2_000);

    assert.equal(await answer, 2);
    await asleep;
    wake.open();
    await until(() => late.length > 0);
    assert.deepEqual(late, ["ERR_LIFE_OVER"]);
    assert.equal(await ref.ask.add(), 3);
    const timeouts = await open.telemetry.points("actor.shutdown.timeouts");
    assert.deepEqual(
      timeouts.map(({ attributes, value }) => [attributes["actor.stop.reason"], value]),
      [["requested", 1]],
    );
    await ref.sleep();
    await allAsleep(open);
  });
});
