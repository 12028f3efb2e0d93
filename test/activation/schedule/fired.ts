import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor, type RefOf } from "../../../src/index.ts";
import type { StorePlace } from "../../_support/keyed-stores.ts";
import { KeyedWorld } from "../../_support/keyed-world.ts";
import { until } from "../../_support/telemetry-until.ts";

const reminders = defineKeyedActor("reminders", {
  messages: {} as {
    remind(text: string, inMs: number): string;
    daily(): void;
    deliver(text: string): void;
    read(): string[];
  },
  state: () => ({ delivered: [] as string[] }),
  idleMs: 1_000,
  handlers: {
    remind: (c, text, inMs) => c.schedule.after(inMs).deliver(text).id,
    daily: (c) => void c.schedule.cron("daily", "0 8 * * *", { missed: "run_once" }).deliver("day"),
    deliver: (c, text) => void c.state.delivered.push(text),
    read: (c) => c.state.delivered,
  },
});

/** Its handler throws as often as was asked for, after a change of the state. */
const flaky = defineKeyedActor("flaky", {
  messages: {} as { start(): void; attempt(): void; read(): readonly number[] },
  state: () => ({ attempts: [] as number[] }),
  handlers: {
    start: (c) => void c.schedule.after(0).attempt(),
    attempt(c) {
      c.state.attempts.push(attempts);
      attempts += 1;
      if (attempts < 4) throw new Error("not yet");
    },
    read: (c) => c.state.attempts,
  },
});
let attempts = 0;

/** Two schedules that are due at the same time, of which the first removes the actor. */
const brief = defineKeyedActor("brief", {
  messages: {} as { start(): void; end(): void },
  state: () => ({ on: true }),
  handlers: {
    start(c) {
      c.schedule.after(1_000, { id: "a" }).end();
      c.schedule.after(1_000, { id: "b" }).end();
    },
    end: (c) => c.destroy(),
  },
});

/** Two schedules that are due at the same time, of which the first kills the actor while the other waits. */
const fragile = defineKeyedActor("fragile", {
  messages: {} as { start(): void; run(name: string): void; read(): readonly string[] },
  state: () => ({ done: [] as string[] }),
  handlers: {
    start(c) {
      c.schedule.after(1_000, { id: "a" }).run("a");
      c.schedule.after(1_000, { id: "b" }).run("b");
    },
    run(c, name) {
      c.state.done.push(name);
      kills += 1;
      if (kills === 1) c.system.get(fragile, c.key as string[]).kill();
    },
    read: (c) => c.state.done,
  },
});
let kills = 0;

/** Schedules whose arguments exceed what a start loads at once. */
const many = defineKeyedActor("many", {
  messages: {} as {
    plan(count: number, text: string): void;
    take(text: string): void;
    counts(): number[];
  },
  state: () => ({ taken: 0 }),
  handlers: {
    plan(c, count, text) {
      for (let at = 0; at < count; at += 1) c.schedule.after(60_000).take(text);
    },
    take(c) {
      c.state.taken += 1;
    },
    counts: (c) => [c.schedule.list().length, c.state.taken],
  },
});

/** The suite, on one kind of store. */
export function describeFiredSchedules(store: string, open: () => StorePlace): void {
  describe(`a schedule in ${store}`, () => {
    /** A world that has been started. */
    async function startWorld(): Promise<KeyedWorld> {
      const world = new KeyedWorld(open(), { actors: [reminders, flaky, brief, many, fragile] });
      await world.start();
      return world;
    }

    function alice(world: KeyedWorld): RefOf<typeof reminders> {
      return world.system.get(reminders, "alice");
    }

    it("wakes its sleeping actor when it is due", async () => {
      await using world = await startWorld();
      const beganAtMs = world.clock.epochMs();
      await alice(world).ask.remind("tea", 60_000);
      await world.pass(1_000, () => world.system.books().active === 0, "the actor is asleep");

      await world.clock.advance(60_000 - 1 - (world.clock.epochMs() - beganAtMs));
      assert.equal(world.system.books().active, 0);
      await world.clock.advance(1);
      await until(() => world.system.books().active === 1, "the actor is awake");

      assert.deepEqual(await alice(world).ask.read(), ["tea"]);
      assert.equal(world.system.books().started, 2);
    });

    it("that is overdue when the system starts fires without any call", async () => {
      await using world = await startWorld();
      await alice(world).ask.remind("tea", 60_000);
      await world.stop();
      await world.clock.advance(3_600_000);

      const system = await world.start();
      await until(() => system.books().handled === 1, "it has fired");
      await world.pass(1_000, () => system.books().active === 0, "the actor is asleep");

      assert.deepEqual(await alice(world).ask.read(), ["tea"]);
    });

    it("fires once although the system is started again and again", async () => {
      await using world = await startWorld();
      await alice(world).ask.remind("tea", 1_000);
      await world.pass(1_000, () => world.system.books().handled === 2, "it has fired");

      for (const _start of [1, 2]) await world.start();

      assert.deepEqual(await alice(world).ask.read(), ["tea"]);
    });

    it("of a type that is not defined stays due until it is", async () => {
      await using world = await startWorld();
      await alice(world).ask.remind("tea", 1_000);
      await world.stop();
      await world.clock.advance(2_000);

      const system = await world.start({ actors: [] });
      await world.clock.advance(120_000);
      await world.quiet();
      assert.equal(system.books().started, 0);
      system.get(reminders, "bob"); // the type becomes known; bob stays asleep
      await until(() => system.books().handled === 1, "it has fired");

      assert.equal(system.books().started, 1);
      assert.deepEqual(await alice(world).ask.read(), ["tea"]);
    });

    it("whose handler throws leaves none of its changes, and runs again after 1, 2 and 4 s", async () => {
      await using world = await startWorld();
      attempts = 0;
      const ref = world.system.get(flaky, "a");
      await ref.ask.start();
      await until(() => attempts === 1, "it has run");

      for (const [waitMs, expected] of [
        [1_000, 2],
        [2_000, 3],
        [4_000, 4],
      ] as const) {
        await world.quiet();
        await world.clock.advance(waitMs - 1);
        assert.equal(attempts, expected - 1);
        await world.quiet();
        await world.clock.advance(1);
        await until(() => attempts === expected, "it has run again");
      }

      assert.deepEqual(await ref.ask.read(), [3]);
    });

    it("that waits in the mailbox of a killed actor fires again, and is no dead letter", async () => {
      await using world = await startWorld();
      kills = 0;
      const ref = world.system.get(fragile, "vase");
      await ref.ask.start();

      await world.pass(1_000, () => kills === 3, "both have run in the next activation");

      assert.deepEqual(await ref.ask.read(), ["a", "b"]);
      assert.equal(world.system.deadLetters.total, 0);
    });

    it("that destroys its actor leaves nothing to wake it", async () => {
      await using world = await startWorld();
      await world.system.get(brief, "a").ask.start();

      await world.pass(1_000, () => world.system.books().active === 0, "the actor is removed");
      await world.start();
      await world.clock.advance(60_000);
      await world.quiet();

      assert.equal(world.system.books().started, 0);
      assert.deepEqual((await world.system.keys(brief)).keys, []);
    });

    it("is one of many: what does not fit into one round trip is read in further ones", async () => {
      await using world = await startWorld();
      const ref = world.system.get(many, "a");
      await ref.ask.plan(120, "x".repeat(15_000));

      await world.start();
      assert.deepEqual(await world.system.get(many, "a").ask.counts(), [120, 0]);
      await world.clock.advance(60_000);
      const counts = async (): Promise<number[]> => world.system.get(many, "a").ask.counts();
      while ((await counts())[1] !== 120) await world.clock.advance(100);

      assert.deepEqual(await counts(), [0, 120]);
    });

    it("of a day happens after a night without a process, with `run_once`", async () => {
      await using world = await startWorld();
      await alice(world).ask.daily();
      await world.stop();
      world.clock.jump(3 * 86_400_000);

      const system = await world.start();
      await until(() => system.books().handled === 1, "it has fired");

      assert.deepEqual(await alice(world).ask.read(), ["day"]);
    });
  });
}
