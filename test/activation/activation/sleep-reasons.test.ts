import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor, type KeyedContext } from "../../../src/index.ts";
import { operate } from "../../../src/monitor/operations.ts";
import { passTimeUntil } from "../../_support/actor-system.ts";
import { codeOf, settleTurns, until } from "../../_support/actor-waiting.ts";
import { allAsleep, type OpenKeyed, openKeyed } from "../../_support/keyed.ts";

type Act = (c: KeyedContext<{ total: number }>) => unknown;

function defineSleeper(heard: string[]) {
  return defineKeyedActor("sleeper", {
    idleMs: 1_000,
    restart: { maxRestarts: 0 },
    state: () => ({ total: 0 }),
    handlers: {
      add: (c, by: number) => (c.state.total += by),
      act: (c, act: Act) => act(c),
      crash() {
        throw new Error("crash");
      },
    },
    onSleep: (_c, reason) => heard.push(`onSleep ${reason}`),
    onDestroy: () => heard.push("onDestroy"),
  });
}

type Ref = ReturnType<typeof refOf>;
function refOf({ system }: OpenKeyed, heard: string[]) {
  return system.get(defineSleeper(heard), "a");
}

/** How an activation is ended, and what is then heard, counted and stored. */
const CASES: readonly {
  readonly reason: string;
  readonly by: string;
  readonly end: (open: OpenKeyed, ref: Ref) => unknown;
  readonly heard: readonly string[];
  readonly stored: number | undefined;
}[] = [
  {
    reason: "idle",
    by: "time without work",
    end: ({ clock }) => clock.advance(1_000),
    heard: ["onSleep idle"],
    stored: 11,
  },
  {
    reason: "requested",
    by: "ref.sleep",
    end: (_open, ref) => ref.sleep(),
    heard: ["onSleep requested"],
    stored: 11,
  },
  {
    reason: "requested",
    by: "c.sleep",
    end: (_open, ref) => ref.ask.act((c) => c.sleep()),
    heard: ["onSleep requested"],
    stored: 11,
  },
  {
    reason: "requested",
    by: "the console",
    async end({ system }, ref) {
      const id = (await ref.ask.act((c) => c.id)) as string;
      await operate(system, { action: "stop", id });
    },
    heard: ["onSleep requested"],
    stored: 11,
  },
  {
    reason: "shutdown",
    by: "shutdown",
    end: ({ clock, system }) => passTimeUntil(clock, system.shutdown()),
    heard: ["onSleep shutdown"],
    stored: 11,
  },
  {
    reason: "failed",
    by: "a failure that is not answered with a restart",
    end: (_open, ref) => ref.tell.crash(),
    heard: ["onSleep failed"],
    stored: 1,
  },
  {
    reason: "state_conflict",
    by: "a commit whose outcome is unknown",
    end({ store }, ref) {
      store.lose("no");
      return codeOf(ref.ask.add(5));
    },
    heard: ["onSleep state_conflict"],
    stored: 1,
  },
  {
    reason: "destroyed",
    by: "ref.destroy",
    end: (_open, ref) => ref.destroy(),
    heard: ["onDestroy"],
    stored: undefined,
  },
  { reason: "killed", by: "ref.kill", end: (_open, ref) => ref.kill(), heard: [], stored: 1 },
];

describe("the reason for which an activation ends", () => {
  for (const { reason, by, end, heard, stored } of CASES) {
    it(`is on hook, span, counter and line: ${reason}, by ${by}`, async () => {
      const open = openKeyed();
      const hooks: string[] = [];
      const ref = refOf(open, hooks);
      await ref.ask.add(1);
      ref.tell.add(10); // not stored yet
      await settleTurns();

      await end(open, ref);
      await allAsleep(open);

      assert.deepEqual(hooks, heard);
      const { telemetry, store } = open;
      const stopped = telemetry.logs().filter(({ event }) => event === "actor.stopped");
      assert.deepEqual(
        stopped.map((line) => line["reason"]),
        [reason],
      );
      const points = await telemetry.points("actor.stopped");
      assert.deepEqual(
        points.map(({ attributes }) => attributes["actor.stop.reason"]),
        [reason],
      );
      const spans = telemetry.spansNamed("sleeper stop");
      assert.deepEqual(
        spans.map(({ attributes }) => attributes["actor.stop.reason"]),
        reason === "killed" ? [] : [reason],
      );
      const state = JSON.parse((await textOf(store, "s/sleeper/a")) ?? "{}") as { total?: number };
      assert.equal(state.total, stored);
      if (reason !== "shutdown") await passTimeUntil(open.clock, open.system.shutdown());
    });
  }

  /** The stored text, also of a closed store. */
  async function textOf(store: OpenKeyed["store"], key: string): Promise<string | undefined> {
    if (!store.closed) return await store.text(key);
    const writes = store.batches.flat().filter((each) => each.kind === "put" && each.key === key);
    const last = writes.at(-1);
    return last?.kind === "put" ? Buffer.from(last.value).toString() : undefined;
  }
});

describe("an activation that fails for good", () => {
  it("stores nothing of its last turn, and rejects the asks whose changes are lost", async () => {
    await using open = openKeyed();
    const ref = refOf(open, []);
    await ref.ask.add(1);

    const lost = codeOf(ref.ask.add(10));
    ref.tell.crash();

    assert.equal(await lost, "ERR_ACTOR_STOPPED");
    await allAsleep(open);
    assert.deepEqual(await open.store.state("sleeper/a"), { total: 1 });
    assert.equal(await ref.ask.add(1), 2);
  });
});

describe("an activation that does not end", () => {
  it("is killed after the stop deadline, counted, and its key can be used again", async () => {
    let hangs = true;
    const stuck = defineKeyedActor("stuck", {
      stopDeadlineMs: 3_000,
      state: () => ({ total: 0 }),
      handlers: { add: (c, by: number) => (c.state.total += by) },
      async onSleep() {
        if (hangs) await new Promise(() => {});
      },
    });
    await using open = openKeyed();
    const ref = open.system.get(stuck, "a");
    await ref.ask.add(1);
    ref.tell.add(1);
    const asleep = ref.sleep();
    await settleTurns();
    assert.deepEqual(await open.store.state("stuck/a"), { total: 2 }, "stored before the hook");

    hangs = false;
    const asked = ref.ask.add(1);
    await open.clock.advance(2_999);
    assert.equal(open.system.books().active, 2);
    await open.clock.advance(1);
    await asleep;

    assert.equal(await asked, 3);
    const timeouts = await open.telemetry.points("actor.shutdown.timeouts");
    assert.deepEqual(
      timeouts.map(({ attributes }) => attributes["actor.stop.reason"]),
      ["requested"],
    );
    const warned = open.telemetry.logs().filter(({ event }) => event === "actor.stop.overdue");
    assert.equal(warned.length, 1);
  });
});

describe("actors that go to sleep together", () => {
  it("may ask each other in their hooks", async () => {
    const replies: unknown[] = [];
    const asker = defineKeyedActor("asker", {
      idleMs: 1_000,
      handlers: { ping: () => "pong" },
      async onSleep(c) {
        const other = c.key[0] === "a" ? "b" : "a";
        replies.push(
          await c.system
            .get(asker, other)
            .ask.ping()
            .catch((e: Error) => e.message),
        );
      },
    });
    await using open = openKeyed();
    await Promise.all(["a", "b"].map((key) => open.system.get(asker, key).ask.ping()));

    await open.clock.advance(1_000);
    await until(() => replies.length > 0);
    for (let second = 0; second < 5; second += 1) await open.clock.advance(1_000);

    assert.ok(replies.length >= 2);
    assert.deepEqual([...new Set(replies)], ["pong"]);
    await passTimeUntil(open.clock, open.system.shutdown());
  });

  it("are not held up by a hook that hangs", async () => {
    const slept: string[] = [];
    const mixed = defineKeyedActor("mixed", {
      idleMs: 1_000,
      stopDeadlineMs: 10_000,
      handlers: { ping: () => "pong" },
      async onSleep(c) {
        if (c.key[0] === "first") await new Promise(() => {});
        slept.push(c.key[0] ?? "");
      },
    });
    await using open = openKeyed();
    for (const key of ["first", "second", "third"]) await open.system.get(mixed, key).ask.ping();

    await open.clock.advance(1_000);
    await open.clock.advance(300);

    assert.deepEqual(slept, ["second", "third"]);
    await open.clock.advance(10_000);
    await allAsleep(open);
  });
});
