import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { metaKey } from "../../../src/activation/records/record-keys.ts";
import { defineKeyedActor, StopReason } from "../../../src/index.ts";
import { until } from "../../_support/actor-waiting.ts";
import { WatchedStore } from "../../_support/keyed.ts";
import { type PlacedNode, PlacedWorld } from "../../_support/placed-world.ts";

const OWNER = { type: "meter", keyText: "a" };

/** What the hooks of a test do instead of what they do by default. */
let give: (readings: number) => unknown = (readings) => ({ readings });
let take: (handed: unknown) => unknown = readingsIn;
/** What happened, in order. */
const heard: string[] = [];

function readingsIn(handed: unknown): { readings: number } {
  const { readings } = (handed ?? { readings: 0 }) as { readings: number };
  return { readings };
}

const meter = defineKeyedActor("meter", {
  messages: {} as { read(): void; readings(): number; total(): number; fail(): never },
  state: () => ({ total: 0 }),
  vars: (c, handed) => {
    heard.push(`vars ${c.generation} ${handed === undefined ? "-" : JSON.stringify(handed)}`);
    return take(handed) as { readings: number };
  },
  handlers: {
    read(c) {
      c.vars.readings += 1;
      c.state.total += 1;
    },
    readings: (c) => c.vars.readings,
    total: (c) => c.state.total,
    fail() {
      throw new Error("a failure");
    },
  },
  onHandOver: (c) => {
    heard.push(`onHandOver ${c.generation}`);
    return give(c.vars.readings);
  },
  onSleep: (_c, reason) => {
    heard.push(`onSleep ${reason}`);
  },
});

interface Scene {
  readonly world: PlacedWorld;
  readonly one: PlacedNode;
  readonly two: PlacedNode;
  /** Ends the actor in the first process, for a reason; it starts in the second one from then on. */
  move(reason?: StopReason): Promise<void>;
  /** Number of handovers by outcome, of both processes. */
  counts(): Promise<Record<string, number>>;
}

async function open(store?: WatchedStore): Promise<Scene> {
  heard.length = 0;
  give = (readings) => ({ readings });
  take = readingsIn;
  const world = new PlacedWorld(store);
  const [one, two] = world.open(["one", "two"], { actors: [meter] });
  assert.ok(one !== undefined && two !== undefined);
  const ref = one.system.get(meter, "a");
  for (let number = 0; number < 3; number += 1) await ref.ask.read();
  return {
    world,
    one,
    two,
    move: async (reason = StopReason.Drained) => {
      await one.host.stop(OWNER, reason, 10_000);
      world.choose = () => two;
    },
    counts: async () => {
      const counts: Record<string, number> = {};
      for (const { telemetry } of [one, two]) {
        for (const { attributes, value } of await telemetry.points("actor.handovers")) {
          const outcome = String(attributes["actor.handover.outcome"]);
          counts[outcome] = (counts[outcome] ?? 0) + Number(value);
        }
      }
      return counts;
    },
  };
}

/** What the actor says after the move: what it has in memory, and in its state. */
async function seen({ one }: Scene): Promise<readonly [number, number]> {
  const { ask } = one.system.get(meter, "a");
  return [await ask.readings(), await ask.total()];
}

describe("the hand-over of memory (C9)", () => {
  it("gives the next activation, in another process, what onHandOver has returned, once", async () => {
    const scene = await open();
    await using _world = scene.world;
    await scene.move();

    assert.deepEqual(await seen(scene), [3, 3]);
    assert.deepEqual(heard, [
      "vars 1 -",
      "onHandOver 1",
      "onSleep drained",
      'vars 2 {"readings":3}',
    ]);
    assert.deepEqual(await scene.counts(), { given: 1, taken: 1 });
    await scene.two.host.stop(OWNER, StopReason.Requested, 10_000);
    assert.deepEqual(await seen(scene), [0, 3], "the one after that begins anew");
  });

  for (const [what, broken, code] of [
    ["throws", () => assert.fail("a failure"), "ERR_ASSERTION"],
    ["returns what is no JSON", () => ({ at: new Date() }), "ERR_STATE_INVALID"],
    ["returns more than 64 KiB", () => "x".repeat(65_536), "ERR_STATE_TOO_LARGE"],
    ["returns a promise", () => Promise.resolve(1), "ERR_STATE_INVALID"],
  ] as const) {
    it(`ends in a reload if onHandOver ${what}`, async () => {
      const scene = await open();
      await using _world = scene.world;
      give = broken;
      await scene.move();

      assert.deepEqual(await seen(scene), [0, 3]);
      assert.deepEqual(await scene.counts(), { not_given: 1 });
      const lines = scene.one.telemetry.logs();
      const line = lines.find(({ event }) => event === "actor.handover.failed");
      assert.equal(line?.["error_type"], code);
      assert.deepEqual(scene.one.ends, ["meter/a 1 drained"]);
    });
  }

  for (const [what, broken] of [
    [
      "throws",
      () => {
        throw new Error("a failure");
      },
    ],
    ["rejects", () => Promise.reject(new Error("a failure"))],
  ] as const) {
    it(`ends in a reload if vars ${what} with what it is handed`, async () => {
      const scene = await open();
      await using _world = scene.world;
      await scene.move();
      take = (handed) => (handed === undefined ? { readings: 0 } : broken());

      assert.deepEqual(await seen(scene), [0, 3]);
      assert.deepEqual(heard.slice(3), ['vars 2 {"readings":3}', "vars 2 -"]);
      assert.deepEqual(await scene.counts(), { given: 1, not_taken: 1 });
    });
  }

  it("ends in a reload if it cannot be stored, and the state is stored all the same", async () => {
    const store = new WatchedStore();
    const scene = await open(store);
    await using _world = scene.world;
    give = (readings) => {
      store.refuse("ERR_STORE_TOO_LARGE"); // its commit is the next one
      return { readings };
    };
    await scene.move();

    assert.deepEqual(await seen(scene), [0, 3]);
    assert.deepEqual(await scene.counts(), { not_given: 1 });
  });

  it("is outdated after a minute", async () => {
    const scene = await open();
    await using _world = scene.world;
    await scene.move();
    await scene.world.clock.advance(60_001);

    assert.deepEqual(await seen(scene), [0, 3]);
    assert.deepEqual(await scene.counts(), { given: 1, outdated: 1 });
  });

  it("is lost with an activation that has ended before it began", async () => {
    const scene = await open();
    await using _world = scene.world;
    await scene.move();
    const { two, world } = scene;
    take = () => new Promise(() => {}); // its start hangs, and is fenced
    const started = two.host.start(OWNER, { generation: world.next(OWNER) });
    await until(() => heard.length === 4);
    two.host.fence(OWNER);
    assert.equal((await started).outcome, "ended");
    take = readingsIn;

    assert.deepEqual(await seen(scene), [0, 3]);
    assert.equal(heard.at(-1), "vars 3 -");
  });

  it("is not there any more after a restart", async () => {
    const scene = await open();
    await using _world = scene.world;
    await scene.move();
    assert.deepEqual(await seen(scene), [3, 3]);

    scene.one.system.get(meter, "a").tell.fail();
    await until(() => heard.length === 5);

    assert.equal(heard.at(-1), "vars 2 -");
    assert.deepEqual(await seen(scene), [0, 3]);
  });

  it("is for moves only: other ends do not call the hook, and nothing of it stays in the record", async () => {
    const scene = await open();
    await using _world = scene.world;
    await scene.move(StopReason.Requested);
    assert.equal(heard.includes("onHandOver 1"), false);
    assert.deepEqual(await seen(scene), [0, 3]);
    await scene.two.host.stop(OWNER, StopReason.Drained, 10_000);
    const record = async (): Promise<string> => {
      const { entries } = await scene.world.store.load({ keys: [metaKey(OWNER)] });
      return new TextDecoder().decode(entries[0]?.value);
    };
    assert.match(await record(), /handover/);
    await seen(scene);
    assert.doesNotMatch(await record(), /handover/);
    assert.deepEqual(await scene.counts(), { given: 1, taken: 1 });
  });

  it("needs vars", () => {
    const withoutVars = { handlers: {}, onHandOver: () => 1 };

    assert.throws(() => defineKeyedActor("none", withoutVars), { code: "ERR_INVALID_OPTION" });
  });
});
