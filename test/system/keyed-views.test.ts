import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor, type MonitoredSystem, queue } from "../../src/index.ts";
import { operateOnKey } from "../../src/monitor/keys/key-operations.ts";
import { type KeyViews, keyViewsOf } from "../../src/monitor/keys/key-views.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { openManualSystem } from "../_support/actor-system.ts";
import { settleTurns, until } from "../_support/actor-waiting.ts";
import { storeActor, storeSections } from "../_support/stored-actors.ts";

const cart = defineKeyedActor("cart", {
  state: () => ({ items: 0 }),
  idleMs: 1_000,
  handlers: {
    add(c) {
      c.state.items += 1;
      return c.state.items;
    },
  },
  onSleep() {},
});

const broken = defineKeyedActor("broken", {
  state: () => ({ items: 0 }),
  onWake() {
    throw new RangeError("no");
  },
  handlers: { get: (c) => c.state.items },
});

function viewsOf(system: MonitoredSystem): KeyViews {
  const views = keyViewsOf(system);
  assert.ok(views !== undefined);
  return views;
}

describe("keyed actors for viewers", () => {
  it("are listed and read without being woken or kept awake", async () => {
    const store = new MemoryStore();
    const owner = await storeActor(store, "cart", ["alice", "1"], { generation: 3, stateBytes: 2 });
    await storeSections(store, owner, 3);
    await using open = openManualSystem({ store, actors: [cart] });
    const views = viewsOf(open.system);
    await open.system.get(cart, "bob").ask.add();

    const page = await views.list({
      type: "cart",
      prefix: "a",
      state: undefined,
      cursor: undefined,
      limit: 10,
    });
    const asleep = await views.read("cart", "alice,1");
    const awake = await views.read("cart", "bob");
    for (let at = 0; at < 10; at += 1) {
      await open.clock.advance(100);
      await views.read("cart", "bob");
      await views.types();
    }
    await until(() => open.system.books().active === 0);

    assert.deepEqual(
      page.keys.map(({ id, awake: isAwake }) => [id, isAwake]),
      [["cart/alice,1", false]],
    );
    assert.deepEqual([asleep?.key.generation, asleep?.actor, asleep?.start], [3, null, null]);
    assert.deepEqual(asleep?.state, { value: {} });
    assert.deepEqual(
      asleep?.schedules.map(({ id, messageType, dueAtMs }) => [id, messageType, dueAtMs]),
      [0, 1, 2].map((at) => [`id ${at}`, "ping", 9_000_000_000_000 + at]),
    );
    assert.deepEqual(awake?.state, { value: { items: 1 } });
    assert.equal(awake?.actor?.state, "running");
    assert.equal(awake?.actor?.sleepsAtMs, open.clock.epochMs());
    assert.equal(open.system.books().started, 1);
  });

  it("have the steps of their last start, also of one that failed", async () => {
    const store = new MemoryStore();
    for (const type of ["cart", "broken"]) await storeActor(store, type, "a");
    await using open = openManualSystem({ store, actors: [cart, broken] });
    const views = viewsOf(open.system);
    await open.system.get(cart, "a").whenReady();
    await assert.rejects(open.system.get(broken, "a").ask.get());

    const { start, actor } = (await views.read("cart", "a")) ?? {};
    const failed = await views.read("broken", "a");

    assert.deepEqual(
      start?.phases.map(({ phase, owner, outcome }) => [phase, owner, outcome]),
      [["load", "internal", "ok"]],
    );
    assert.deepEqual(
      [start?.generation, start?.isNew, start?.outcome, start?.roundTrips],
      [2, false, "ok", 1],
    );
    assert.match(start?.traceId ?? "", /^[\da-f]{32}$/);
    assert.deepEqual(views.startOf(actor?.id ?? ""), start);
    assert.deepEqual([failed?.start?.outcome, failed?.start?.errorType], ["error", "RangeError"]);
    assert.equal(failed?.start?.phases.at(-1)?.outcome, "error");
  });

  it("have the steps of their last start while they sleep, of the last 256 keys", async () => {
    await using open = openManualSystem({ store: new MemoryStore(), actors: [cart] });
    const views = viewsOf(open.system);
    const wake = async (key: string): Promise<string> => {
      await open.system.get(cart, key).ask.add();
      const reading = await views.read("cart", key);
      await open.system.get(cart, key).sleep();
      return reading?.actor?.id ?? "";
    };
    const actorId = await wake("a");

    const { start, actor } = (await views.read("cart", "a")) ?? {};
    assert.equal(actor, null);
    assert.deepEqual([start?.generation, start?.outcome], [1, "ok"]);
    assert.deepEqual(views.startOf(actorId), start);
    await wake("a");
    assert.equal((await views.read("cart", "a"))?.start?.generation, 2);
    for (let at = 0; at < 256; at += 1) await wake(`b${at}`);

    assert.equal((await views.read("cart", "a"))?.start, null);
    assert.equal((await views.read("cart", "b0"))?.start?.generation, 1);
  });

  it("are counted by type, defined or not", async () => {
    const store = new MemoryStore();
    for (const key of ["a", "b", "c"]) await storeActor(store, "cart", key);
    await storeActor(store, "carts", "a");
    await storeActor(store, "former", "a");
    await using open = openManualSystem({ store, actors: [cart, broken] });
    await open.system.get(cart, "a").whenReady();

    const types = await viewsOf(open.system).types();

    assert.deepEqual(types, [
      { type: "broken", defined: true, awake: 0, asleep: 0, more: false },
      { type: "cart", defined: true, awake: 1, asleep: 2, more: false },
      { type: "carts", defined: false, awake: 0, asleep: 1, more: false },
      { type: "former", defined: false, awake: 0, asleep: 1, more: false },
    ]);
  });

  it("wake, sleep and are destroyed on request, with a line", async () => {
    const store = new MemoryStore();
    await storeActor(store, "cart", "a");
    await storeActor(store, "former", "a");
    await using open = openManualSystem({ store, actors: [cart] });
    const { system } = open;
    const run = (action: "wake" | "sleep" | "destroy", type = "cart", key = "a") =>
      operateOnKey(system, { action, type, key });

    const woken = await run("wake");
    const active = system.books().active;
    await run("sleep");
    await until(() => system.books().active === 0);
    const again = [await run("sleep"), await run("wake")];
    await run("destroy");
    await until(() => system.books().active === 0);
    const gone = [
      await run("wake"),
      await run("wake", "cart", "never"),
      await run("wake", "former"),
    ];
    const former = await run("destroy", "former");

    assert.deepEqual([woken, active, again], [true, 1, [false, true]]);
    assert.deepEqual(gone, [undefined, undefined, undefined]);
    assert.equal(former, false);
    assert.deepEqual((await store.listKeys("")).keys, []);
    const lines = open.telemetry.logs().filter(({ event }) => event === "console.action");
    assert.equal(lines.length, 6);
    await settleTurns();
  });

  it("show queues and what was set aside, without bodies", async () => {
    const store = new MemoryStore();
    const owner = await storeActor(store, "cart", "a");
    const put = (key: string, fields: object): Promise<number> =>
      store.put(key, Buffer.from(JSON.stringify({ format: 1, ...fields })));
    for (let at = 10; at < 35; at += 1) {
      await put(`q/cart/a/jobs/00000000000000${at}`, {
        id: `m${at}`,
        body: { secret: 1 },
        sentAtMs: at,
        attempt: 0,
      });
    }
    await put("p/cart/a/mail/0000000000000001", {
      id: "bad",
      body: 1,
      sentAtMs: 1,
      attempt: 5,
      setAsideAtMs: 9,
      errorType: "TypeError",
    });
    assert.equal(owner.keyText, "a");
    await using open = openManualSystem({ store, actors: [cart] });

    const { queues = [] } = (await viewsOf(open.system).read("cart", "a")) ?? {};

    const [jobs, mail] = queues;
    assert.deepEqual([jobs?.name, jobs?.head.length, jobs?.more], ["jobs", 20, true]);
    assert.deepEqual(jobs?.head[0], { id: "m10", sentAtMs: 10, attempt: 0, notBeforeMs: null });
    assert.deepEqual(mail, {
      name: "mail",
      head: [],
      more: false,
      setAside: [{ id: "bad", sentAtMs: 1, attempt: 5, errorType: "TypeError" }],
      moreSetAside: false,
    });
  });

  it("cancel and run schedules, and put messages back, of actors that sleep", async () => {
    const ran: string[] = [];
    const worker = defineKeyedActor("worker", {
      state: () => ({ runs: 0 }),
      queues: { jobs: queue<string>({ maxAttempts: 1 }) },
      messages: {} as { plan(): void; ping(id: string): void; fail(): void },
      handlers: {
        plan(c) {
          c.schedule.after(3_600_000, { id: "later" }).ping("later");
          c.schedule.after(3_600_000, { id: "never" }).ping("never");
        },
        ping: (c, id) => {
          ran.push(id);
          c.state.runs += 1;
        },
        async fail(c) {
          const message = await c.queue.jobs.next();
          message?.retry({ error: new RangeError("no") });
        },
      },
    });
    const store = new MemoryStore();
    await using open = openManualSystem({ store, actors: [worker] });
    const ref = open.system.get(worker, "a");
    await ref.ask.plan();
    await ref.queue.jobs.send("job");
    await ref.ask.fail();
    await ref.sleep();
    const views = viewsOf(open.system);
    const target = { type: "worker", key: "a" };
    const before = await views.read("worker", "a");
    const [aside] = before?.queues[0]?.setAside ?? [];

    const done = [
      await views.perform({ ...target, action: "run_schedule", scheduleId: "later" }),
      await views.perform({ ...target, action: "cancel_schedule", scheduleId: "never" }),
      await views.perform({ ...target, action: "cancel_schedule", scheduleId: "unknown" }),
      await views.perform({
        ...target,
        action: "requeue",
        queue: "jobs",
        messageId: aside?.id ?? "",
      }),
    ];
    await until(() => ran.length > 0);
    await ref.sleep();
    const after = await views.read("worker", "a");

    assert.deepEqual(done, [true, true, undefined, true]);
    assert.deepEqual(ran, ["later"]);
    assert.deepEqual(after?.schedules, []);
    assert.deepEqual(after?.state, { value: { runs: 1 } });
    const [jobs] = after?.queues ?? [];
    assert.deepEqual([jobs?.head.length, jobs?.setAside.length], [1, 0]);
  });
});
