import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import {
  createTopic,
  defineActor,
  defineKeyedActor,
  type KeyedAddress,
  type KeyedRef,
  snapshot,
} from "../../../src/index.ts";
import { keyViewsOf } from "../../../src/monitor/keys/key-views.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { type PlacedNode, PlacedWorld } from "../../_support/placed-world.ts";

let gate = new Gate();

const lamp = defineKeyedActor("lamp", {
  state: () => ({ on: false }),
  handlers: {
    toggle: (c) => {
      c.state.on = !c.state.on;
      return c.state.on;
    },
    isOn: (c) => c.state.on,
    async wait() {
      await gate.opened;
    },
    note(_c, _text: string) {},
  },
});

const shortLived = defineKeyedActor("short_lived", {
  state: () => ({ uses: 0 }),
  idleMs: 100,
  expireAfterMs: 5_000,
  handlers: { use: (c) => (c.state.uses += 1) },
});

const walker = defineActor("walker", {
  handlers: {
    async ask(c, lamps: KeyedAddress<never, KeyedRef<{ readonly wait: (c: never) => unknown }>>) {
      await c.system.get(lamps, "a").ask.wait();
    },
    watch: (c, lamps: KeyedAddress<never, KeyedRef<unknown>>) => {
      c.watch(c.system.get(lamps, "a"));
    },
  },
});

/** Two processes; all keys are placed in the second one. */
function open(): { world: PlacedWorld; one: PlacedNode; two: PlacedNode } {
  gate = new Gate();
  const world = new PlacedWorld();
  const [one, two] = world.open(["one", "two"], { actors: [lamp, shortLived] });
  assert.ok(one !== undefined && two !== undefined);
  world.choose = () => two;
  return { world, one, two };
}

describe("a ref to a key of another process", () => {
  it("puts the actor to sleep, wakes it and kills it", async () => {
    const { world, one, two } = open();
    await using _ = world;
    const ref = one.system.get(lamp, "a");
    await ref.ask.toggle();

    await ref.sleep();
    assert.deepEqual(two.ends, ["lamp/a 1 requested"]);
    await ref.sleep(); // nothing to do
    await ref.stop();

    await ref.whenReady();
    assert.equal(two.system.books().active, 1);
    const stopped = ref.whenStopped();
    ref.kill();
    assert.equal(await stopped, "killed");
    assert.deepEqual(two.ends, ["lamp/a 1 requested", "lamp/a 2 killed"]);
    assert.equal(await ref.whenStopped(), "idle"); // it sleeps
  });

  it("destroys the actor, awake or asleep", async () => {
    const { world, one } = open();
    await using _ = world;
    const ref = one.system.get(lamp, "a");
    await ref.ask.toggle();

    await ref.destroy();
    assert.deepEqual(await world.store.allKeys(), []);
    assert.equal(await ref.ask.isOn(), false);
    await ref.sleep();

    assert.equal(await one.system.destroy(lamp, "a"), true);
    assert.equal(await one.system.destroy(lamp, "a"), false);
    assert.deepEqual(await world.store.allKeys(), []);
  });

  it("cannot be linked, watched or subscribed", async () => {
    const { world, one } = open();
    await using _ = world;
    await one.system.get(lamp, "a").ask.isOn();
    const topic = createTopic<string>("notes");

    assert.equal(await codeOf(one.system.spawn(walker).ask.watch(lamp)), "ERR_INVALID_LINK");
    assert.throws(() => topic.subscribe(one.system.get(lamp, "a"), "note"), {
      code: "ERR_INVALID_OPTION",
    });
  });
});

describe("the keys of a system with several processes", () => {
  it("are listed with those that are awake elsewhere", async () => {
    const { world, one } = open();
    await using _ = world;
    await one.system.get(lamp, "a").ask.toggle();
    await one.system.get(lamp, "b").ask.toggle();
    await one.system.get(lamp, "b").sleep();

    const { keys } = await one.system.keys(lamp);

    assert.deepEqual(
      keys.map(({ key, awake, generation }) => [key, awake, generation]),
      [
        [["a"], true, 1],
        [["b"], false, 1],
      ],
    );
  });

  it("expire in the process that scans, unless they are awake elsewhere", async () => {
    const { world, one } = open();
    await using _ = world;
    await one.system.get(shortLived, "asleep").ask.use();
    await one.system.get(shortLived, "awake").ask.use();
    await world.clock.advance(200);
    await until(() => world.nodes.every(({ system }) => system.books().active === 0));
    const busy = one.system.get(shortLived, "awake");
    one.scans = true;
    one.host.scan();

    for (let passedMs = 0; passedMs < 60_000; passedMs += 1_000) {
      await busy.ask.use();
      await world.clock.advance(1_000);
      await settleTurns();
    }

    const { keys } = await one.system.keys(shortLived);
    assert.deepEqual(
      keys.map(({ key }) => key),
      [["awake"]],
    );
  });

  it("have no databases, whose files other processes would not have", () => {
    const world = new PlacedWorld();
    const records = defineKeyedActor("records", { database: { migrations: [] }, handlers: {} });

    assert.throws(() => world.open(["one"], { actors: [records] }), {
      code: "ERR_INVALID_OPTION",
      message: /database/,
    });
  });

  it("are handed back by a process that shuts down", async () => {
    const { world, one, two } = open();
    await using _ = world;
    await one.system.get(lamp, "a").ask.toggle();

    await two.system.shutdown();

    assert.deepEqual(two.ends, ["lamp/a 1 shutdown"]);
    assert.deepEqual(await two.host.start({ type: "lamp", keyText: "a" }, { generation: 2 }), {
      outcome: "refused",
      why: "shut_down",
    });
    world.choose = () => one;
    assert.equal(await one.system.get(lamp, "a").ask.isOn(), true);
  });

  it("tell the runner of their types", async () => {
    const { world, one } = open();
    await using _ = world;

    assert.deepEqual([...one.host.types()], ["lamp", "short_lived"]);
    one.system.get(defineKeyedActor("later", { handlers: {} }), "a");
    assert.deepEqual(one.types, ["later"]);
    assert.deepEqual([...one.host.types()], ["lamp", "short_lived", "later"]);
  });
});

describe("the views of keys in a system with several processes", () => {
  it("wake an actor wherever it is, and put it to sleep there", async () => {
    const { world, one, two } = open();
    await using _ = world;
    await one.system.get(lamp, "a").ask.toggle();
    const views = keyViewsOf(one.system);
    const target = { type: "lamp", key: "a" };

    assert.equal(await views?.perform({ ...target, action: "sleep" }), false);
    assert.deepEqual(two.ends, ["lamp/a 1 requested"]);
    assert.equal(await views?.perform({ ...target, action: "wake" }), true);
    assert.equal(two.system.books().active, 1);
  });
});

describe("an ask of a key of another process", () => {
  it("is a wait of its actor for something outside", async () => {
    const { world, one } = open();
    await using _ = world;
    await one.system.get(lamp, "a").ask.isOn();
    const walking = one.system.spawn(walker);
    const walked = walking.ask.ask(lamp);
    await settleTurns();

    const { actors, deadlocks } = snapshot(one.system);

    const row = actors.find(({ type }) => type === "walker");
    assert.deepEqual(
      row?.waits.map(({ kind, targetId, messageType }) => [kind, targetId, messageType]),
      [["ask", "lamp/a", "wait"]],
    );
    assert.deepEqual(deadlocks, []);
    gate.open();
    await walked;
  });

  it("has a span of kind CLIENT, and one of an actor of this process has not", async () => {
    const { world, one, two } = open();
    await using _ = world;
    await one.system.get(lamp, "a").ask.toggle();
    await two.system.get(lamp, "a").ask.toggle();

    const [remote, ,] = one.telemetry.spans().filter(({ name }) => name === "ask lamp.toggle");
    const local = two.telemetry.spans().filter(({ name }) => name === "ask lamp.toggle");

    assert.equal(remote?.kind, SpanKind.CLIENT);
    assert.equal(remote?.attributes["actor.id"], "lamp/a");
    assert.equal(remote?.attributes["actor.key"], "a");
    assert.deepEqual(
      local.map(({ kind, parentSpanContext }) => [kind, parentSpanContext?.spanId]),
      [
        [SpanKind.INTERNAL, remote?.spanContext().spanId],
        [SpanKind.INTERNAL, undefined],
      ],
    );
  });
});
