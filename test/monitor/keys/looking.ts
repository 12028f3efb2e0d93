import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Console, createConsole } from "../../../src/console.ts";
import { defineKeyedActor, queue } from "../../../src/index.ts";
import { type Answer, ask } from "../../_support/console-kit.ts";
import type { StorePlace } from "../../_support/keyed-stores.ts";
import { KeyedWorld } from "../../_support/keyed-world.ts";
import { until } from "../../_support/telemetry-until.ts";

const IDLE_MS = 30_000;

const job = defineKeyedActor("job", {
  messages: {} as {
    plan(): void;
    work(text: string): void;
    note(text: string): number;
    hold(released: Promise<void>): Promise<void>;
  },
  state: () => ({ notes: [] as string[], password: "geheim" }),
  queues: { files: queue<string>({ maxAttempts: 1 }) },
  idleMs: IDLE_MS,
  onWake: () => {},
  async run(c) {
    for await (const message of c.queue.files) {
      if (message.body.startsWith("bad")) message.retry({ error: new TypeError("bad file") });
      else message.complete();
    }
  },
  handlers: {
    plan(c) {
      c.schedule.after(3_600_000, { id: "later" }).work("later");
      c.schedule.cron("daily", "0 8 * * *", { timeZone: "Europe/Berlin" }).work("daily");
    },
    work(c, text) {
      c.state.notes.push(text);
    },
    note(c, text) {
      c.state.notes.push(text);
      return c.state.notes.length;
    },
    hold: (c, released) => c.keepAwake(released),
  },
});

// biome-ignore lint/suspicious/noExplicitAny: answers of JSON
type Json = any;

/** The suite, on one kind of store. */
export function describeLooking(place: string, open: () => StorePlace): void {
  describe(`looking at keys, stored in ${place}`, () => {
    let world: KeyedWorld;
    let console: Console;

    beforeEach(async () => {
      world = new KeyedWorld(open(), { actors: [job] });
      const system = await world.start();
      console = await createConsole(system, { port: 0, allowActions: true, showState: true });
    });
    afterEach(async () => {
      await console.close();
      await world[Symbol.asyncDispose]();
    });

    const get = async (path: string): Promise<Json> => (await request(path)).json;
    const request = (path: string, body?: object): Promise<Answer> =>
      ask(console.port, path, {
        headers: {
          authorization: `Bearer ${console.token}`,
          "content-type": "application/json",
          "x-limelight-action": "1",
        },
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      });
    const act = (body: object): Promise<Answer> => request("/api/actions", body);
    const key = (name: string) => world.system.get(job, name);

    /** Reads a key until it is as expected. */
    async function untilRead(id: string, isSo: (detail: Json) => boolean): Promise<void> {
      for (let reads = 0; reads < 1_000; reads += 1) if (isSo(await get(`/api/keys/${id}`))) return;
      assert.fail(`${id} did not become as expected`);
    }

    /** Alice sleeps with a state, two schedules and a message that was set aside; bob is awake and idle. */
    async function aliceSleepsAndBobIsIdle(): Promise<void> {
      const alice = key("alice");
      await alice.ask.note("of alice");
      await alice.ask.plan();
      await assert.rejects(alice.queue.files.ask("bad.csv"));
      await alice.sleep();
      await key("bob").ask.note("of bob");
    }

    it("wakes nothing and keeps nothing awake", async () => {
      await aliceSleepsAndBobIsIdle();
      const { started } = world.system.books();
      await world.clock.advance(IDLE_MS - 1_000);

      const { types } = await get("/api/key-types");
      const { keys } = await get("/api/keys?type=job");
      const asleep = await get("/api/keys?type=job&state=asleep");
      const alice = await get("/api/keys/job/alice");
      const bob = await get("/api/keys/job/bob");
      world.system.monitor.snapshot();

      assert.deepEqual(types, [
        { system: world.system.name, type: "job", defined: true, awake: 1, asleep: 1, more: false },
      ]);
      const listed = keys.map((row: Json) => [row.id, row.awake, row.generation, row.schedules]);
      assert.deepEqual(listed, [
        ["job/alice", false, 1, 2],
        ["job/bob", true, 1, 0],
      ]);
      assert.deepEqual(
        asleep.keys.map(({ id }: Json) => id),
        ["job/alice"],
      );
      assert.deepEqual(alice.state, { notes: ["of alice"], password: "[redacted]" });
      assert.deepEqual([alice.actor, bob.actor.awake], [null, []]);
      assert.equal(bob.actor.sleepsAtMs, world.clock.epochMs() + 1_000);
      assert.equal(world.system.books().started, started, "nothing was woken");
      assert.equal(world.system.books().active, 1);

      await world.clock.advance(1_000);
      await world.untilAsleep();
      assert.equal(world.system.books().started, started);
    });

    it("shows schedules with their rules, and messages that were set aside", async () => {
      await aliceSleepsAndBobIsIdle();

      const { schedules, queues } = await get("/api/keys/job/alice");

      assert.deepEqual(
        schedules.map((row: Json) => [row.id, row.messageType, row.cron, row.timeZone]),
        [
          ["later", "work", null, null],
          ["daily", "work", "0 8 * * *", "Europe/Berlin"],
        ].toSorted((one, other) => dueOf(schedules, one[0]) - dueOf(schedules, other[0])),
      );
      const [files] = queues;
      assert.deepEqual([files.name, files.head, files.more], ["files", [], false]);
      assert.deepEqual(
        files.setAside.map((row: Json) => [row.attempt, row.errorType]),
        [[1, "TypeError"]],
      );
    });

    it("shows why an actor is awake, and its start step by step", async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      await key("carol").ask.note("stored");
      const held = key("carol").ask.hold(promise);
      await until(() => world.system.books().processing === 1, "the handler");

      const { actor, start } = await get("/api/keys/job/carol");
      const reasons = actor.awake.map(({ reason, count }: Json) => [reason, count]);
      assert.deepEqual(reasons, [
        ["handling", 1],
        ["keep_awake", 1],
      ]);
      assert.deepEqual([start.generation, start.isNew, start.outcome], [1, true, "ok"]);
      assert.equal(start.roundTrips, 1);
      assert.deepEqual(
        start.phases.map(({ phase, owner }: Json) => [phase, owner]),
        [
          ["load", "internal"],
          ["state", "user"],
          ["on_wake", "user"],
        ],
      );
      const detail = await get(`/api/actors/${actor.id}`);
      assert.deepEqual(detail.start, start);
      const { key: text, generation, awake } = detail.actor.keyed;
      assert.deepEqual([text, generation, awake.length], ["carol", 1, 2]);
      resolve();
      await held;
    });

    it("reports in the changes of a snapshot that a reason has come or gone", async () => {
      await key("erin").ask.note("stored");
      const first = world.system.monitor.snapshot();
      const [row] = first.actors;
      assert.deepEqual(row?.keyed?.awake, []);

      const { promise, resolve } = Promise.withResolvers<void>();
      const held = key("erin").ask.hold(promise);
      await until(() => world.system.books().processing === 1, "the handler");
      const second = world.system.monitor.snapshot({ since: first.sequence });
      resolve();
      await held;
      await until(() => world.system.books().processing === 0, "its end");
      const third = world.system.monitor.snapshot({ since: second.sequence });
      const fourth = world.system.monitor.snapshot({ since: third.sequence });

      const reasons = [second, third].map(({ actors }) =>
        actors.map(({ keyed }) => keyed?.awake.map(({ reason }) => reason)),
      );
      assert.deepEqual(reasons, [[["handling", "keep_awake"]], [[]]]);
      assert.deepEqual(fourth.actors, [], "nothing has changed");
    });

    it("tells an activation from the next one of the same key", async () => {
      await key("dora").ask.note("first");
      world.system.monitor.snapshot(); // from here on, ended actors stay for a while
      await key("dora").sleep();
      await key("dora").ask.note("second");

      const { actors } = world.system.monitor.snapshot();
      assert.deepEqual(
        actors.map(({ keyed, stopped }) => [keyed?.key, keyed?.generation, stopped?.reason]),
        [
          ["dora", 2, undefined],
          ["dora", 1, "requested"],
        ],
      );
    });

    it("wakes and puts to sleep where that is asked for, and creates nothing", async () => {
      await aliceSleepsAndBobIsIdle();

      const woken = await act({ action: "wake", id: "job/alice" });
      assert.deepEqual([woken.status, woken.json.awake], [202, true]);
      assert.equal((await get("/api/keys/job/alice")).actor.generation, 2);
      const missing = await act({ action: "wake", id: "job/nobody" });
      assert.equal(missing.status, 404);
      await act({ action: "sleep", id: "job/alice" });
      await until(() => world.system.books().active === 1, "alice is asleep");
      assert.equal((await get("/api/keys?type=job")).keys.length, 2);
    });

    it("destroys an actor that sleeps, and one that is awake", async () => {
      await aliceSleepsAndBobIsIdle();
      for (const name of ["alice", "bob"]) {
        assert.equal((await act({ action: "destroy", id: `job/${name}` })).status, 202, name);
      }
      await world.untilAsleep();

      assert.deepEqual((await get("/api/keys?type=job")).keys, []);
      assert.equal((await act({ action: "destroy", id: "job/alice" })).status, 404);
    });

    it("cancels a schedule, and runs one now", async () => {
      await aliceSleepsAndBobIsIdle();
      const id = "job/alice";

      assert.equal((await act({ action: "cancel_schedule", id, scheduleId: "daily" })).status, 202);
      assert.equal((await act({ action: "run_schedule", id, scheduleId: "later" })).status, 202);
      await world.clock.advance(1);
      await untilRead("job/alice", ({ state }) => state.notes.at(-1) === "later");

      assert.deepEqual((await get("/api/keys/job/alice")).schedules, []);
      const again = await act({ action: "cancel_schedule", id, scheduleId: "daily" });
      assert.equal(again.status, 404);
    });

    it("puts a message that was set aside back into its queue", async () => {
      await aliceSleepsAndBobIsIdle();
      const before = (await get("/api/keys/job/alice")).queues[0].setAside[0];

      const requeued = { action: "requeue", id: "job/alice", queue: "files" };
      const { status } = await act({ ...requeued, messageId: before.id });
      assert.equal(status, 202);
      assert.equal((await act({ ...requeued, messageId: "other" })).status, 404);
      // It fails again at once, and is set aside again.
      await untilRead("job/alice", ({ queues }) => queues[0]?.setAside[0]?.id === before.id);
    });

    it("finds actors of a type that is not defined any more, and can only remove them", async () => {
      await key("alice").ask.note("kept");
      await console.close();
      const system = await world.start({ actors: [] });
      console = await createConsole(system, { port: 0, allowActions: true, showState: true });

      const [type] = (await get("/api/key-types")).types;
      assert.deepEqual([type.type, type.defined, type.asleep], ["job", false, 1]);
      assert.deepEqual((await get("/api/keys/job/alice")).state.notes, ["kept"]);
      const woken = await act({ action: "wake", id: "job/alice" });
      assert.equal(woken.status, 404);
      assert.equal((await act({ action: "destroy", id: "job/alice" })).status, 202);
      assert.deepEqual((await get("/api/key-types")).types, []);
    });
  });
}

function dueOf(schedules: Json, id: string | null | undefined): number {
  return schedules.find((row: Json) => row.id === id).dueAtMs;
}
