import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import type { StorePlace } from "../../_support/keyed-stores.ts";
import { KeyedWorld } from "../../_support/keyed-world.ts";

/* The programs of the docs that need state, variables and sleep only; see later-programs.test.ts for the others. */

const cart = defineKeyedActor("cart", {
  state: () => ({ lines: {} as Record<string, number> }),
  expireAfterMs: 30 * 86_400_000,
  handlers: {
    add(c, item: string, quantity: number) {
      c.state.lines[item] = (c.state.lines[item] ?? 0) + quantity;
      return c.state.lines;
    },
    checkOut(c) {
      const { lines } = c.state;
      c.destroy();
      return lines;
    },
  },
});

type Listener = (from: string, text: string) => void;

const room = defineKeyedActor("room", {
  state: () => ({ lines: [] as { from: string; text: string }[] }),
  vars: () => ({ listeners: new Set<Listener>() }),
  idleMs: 300_000,
  handlers: {
    join(c, listener: Listener) {
      c.vars.listeners.add(listener);
      return c.state.lines.slice(-20);
    },
    say(c, from: string, text: string) {
      c.state.lines = [...c.state.lines, { from, text }].slice(-1_000);
      for (const listener of c.vars.listeners) listener(from, text);
    },
  },
  onSleep: (c, reason) => c.log.debug({ reason, size: c.vars.listeners.size }, "room closed"),
});

const limiter = defineKeyedActor("limiter", {
  state: (input: { perMinute: number }) => ({ ...input, tokens: input.perMinute, atMs: 0 }),
  save: "interval",
  saveIntervalMs: 5_000,
  expireAfterMs: 3_600_000,
  handlers: {
    allow({ state }, nowMs: number) {
      const refill = ((nowMs - state.atMs) / 60_000) * state.perMinute;
      state.tokens = Math.min(state.perMinute, state.tokens + refill);
      state.atMs = nowMs;
      if (state.tokens < 1) return false;
      state.tokens -= 1;
      return true;
    },
  },
});

/** What the twin of a device has told its user. */
const notified: string[] = [];

async function notify(device: string, celsius: number): Promise<void> {
  notified.push(`${device} ${celsius}`);
}

async function calibrate(_device: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  return 2;
}

const twin = defineKeyedActor("twin", {
  state: () => ({ celsius: 0, offset: 0, alarms: 0 }),
  saveIntervalMs: 10_000,
  handlers: {
    reported(c, celsius: number) {
      c.state.celsius = celsius + c.state.offset;
      if (c.state.celsius <= 80) return;
      c.state.alarms += 1;
      c.waitUntil(notify(c.key.join("/"), celsius));
    },
    async calibrate(c) {
      c.state.offset = await c.keepAwake(calibrate(c.key.join("/"), c.signal));
      await c.saveState();
    },
    why: (c) => c.awakeReasons(),
    read: (c) => c.state,
  },
});

type V1 = { name: string };
type V2 = { first: string; last: string };
type Profile = V2 & { newsletter: boolean };

/** The first version of the type, as it once ran. */
const oldProfile = defineKeyedActor("profile", {
  state: (): V1 => ({ name: "" }),
  handlers: {
    rename(c, name: string) {
      c.state.name = name;
    },
  },
});

const profile = defineKeyedActor("profile", {
  version: 3,
  state: (): Profile => ({ first: "", last: "", newsletter: false }),
  migrate(old, from) {
    const [first = "", last = ""] = from < 2 ? (old as V1).name.split(" ") : [];
    const v2 = from < 2 ? { first, last } : (old as V2);
    return { ...v2, newsletter: false };
  },
  handlers: {
    rename: (c, first: string, last: string) => void Object.assign(c.state, { first, last }),
    show: (c) => c.state,
  },
});

/** The suite, on one kind of store. */
export function describeStatePrograms(name: string, createPlace: () => StorePlace): void {
  describe(`on a store in ${name}`, () => {
    it("a cart keeps its lines across processes, and nothing is left of it after the check-out", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [cart] });
      await (await world.start()).get(cart, "alice").ask.add("lamp", 2);

      const alice = (await world.start()).get(cart, "alice");
      const lines = await alice.ask.add("table", 1);
      const bought = await alice.ask.checkOut();
      await alice.whenStopped();

      assert.deepEqual(lines, { lamp: 2, table: 1 });
      assert.deepEqual(bought, { lamp: 2, table: 1 });
      assert.deepEqual((await world.system.keys(cart)).keys, []);
      assert.deepEqual(await alice.ask.add("lamp", 1), { lamp: 1 });
    });

    it("a room keeps its lines while it sleeps, but not its listeners", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [room] });
      const lobby = (await world.start()).get(room, ["lobby", "de"]);
      const heard: string[] = [];
      await lobby.ask.join((from, text) => heard.push(`${from}: ${text}`));
      await lobby.ask.say("alice", "hello");

      await world.clock.advance(300_000);
      await world.untilAsleep();
      await lobby.ask.say("bob", "anyone?");
      const lines = await lobby.ask.join(() => {});

      assert.deepEqual(heard, ["alice: hello"]);
      assert.deepEqual(
        lines.map(({ text }) => text),
        ["hello", "anyone?"],
      );
      const closed = world.telemetry.logs().find(({ msg }) => msg === "room closed");
      assert.partialDeepStrictEqual(closed, { reason: "idle", size: 1 });
    });

    it("a limiter begins with its input, and keeps its tokens", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [limiter] });
      const first = await world.start();
      const client = first.get(limiter, ["api", "203.0.113.7"], { input: { perMinute: 2 } });

      const nowMs = world.clock.epochMs();
      const allowed = [];
      for (let call = 0; call < 3; call += 1) allowed.push(await client.ask.allow(nowMs));
      const second = await world.start();
      const later = second.get(limiter, ["api", "203.0.113.7"]);

      assert.deepEqual(allowed, [true, true, false]);
      assert.equal(await later.ask.allow(nowMs), false);
      assert.equal(await later.ask.allow(nowMs + 30_000), true);
    });

    it("a limiter without an input cannot be created", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [limiter] });
      const client = (await world.start()).get(limiter, "nobody");

      await assert.rejects(
        client.ask.allow(0),
        (error: { code: string; cause: { code: string } }) => {
          assert.equal(error.code, "ERR_START_FAILED");
          assert.equal(error.cause.code, "ERR_INPUT_MISSING");
          return true;
        },
      );
    });

    it("a twin is listed and read without being woken", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [twin] });
      const system = await world.start();
      const pump = system.get(twin, ["plant-1", "pump-7"]);
      system.get(twin, ["plant-10", "pump-7"]).tell.reported(20);
      await pump.ask.calibrate();
      pump.tell.reported(81);
      const [handling] = await pump.ask.why();
      await Promise.all([pump.sleep(), world.clock.advance(30_000)]);
      await world.untilAsleep();
      const { started } = system.books();

      const listing = await system.keys(twin, { prefix: ["plant-1"], state: "asleep", limit: 50 });

      assert.deepEqual(
        listing.keys.map(({ key, awake }) => [key, awake]),
        [[["plant-1", "pump-7"], false]],
      );
      assert.equal(system.books().started, started);
      assert.partialDeepStrictEqual(handling, { reason: "handling", count: 1 });
      assert.deepEqual(notified.splice(0), ["plant-1/pump-7 81"]);
      assert.deepEqual(await pump.ask.read(), { celsius: 83, offset: 2, alarms: 1 });
    });

    it("a profile of the first version is stored as the third when it wakes", async () => {
      await using world = new KeyedWorld(createPlace(), { actors: [profile] });
      const old = await world.start({ actors: [oldProfile] });
      await old.get(oldProfile, "alice").ask.rename("Alice Liddell");

      const system = await world.start();
      const shown = await system.get(profile, "alice").ask.show();
      await world.start();
      const again = await world.system.get(profile, "alice").ask.show();

      assert.deepEqual(shown, { first: "Alice", last: "Liddell", newsletter: false });
      assert.deepEqual(again, shown);
      assert.equal(await world.system.destroy("profile", "alice"), true);
      assert.equal(await world.system.destroy("account", "alice"), false);
    });
  });
}
