import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { defineKeyedActor } from "../../../src/index.ts";
import type { WriteOperation } from "../../../src/store/contract/store.ts";
import { settleTurns, until } from "../../_support/actor-waiting.ts";
import { viewOf, WatchedStore } from "../../_support/keyed.ts";
import { askHere, type PlacedNode, PlacedWorld } from "../../_support/placed-world.ts";

const heard: string[] = [];
let failing = false;

const ledger = defineKeyedActor("ledger", {
  state: () => ({ entries: [] as string[] }),
  onCreate: (c) => {
    if (failing) throw new Error("not today");
    heard.push(`onCreate ${c.generation}`);
  },
  onWake: (c) => {
    heard.push(`onWake ${c.generation}`);
  },
  handlers: {
    enter: (c, entry: string) => {
      c.state.entries.push(entry);
      return c.state.entries.length;
    },
    entries: (c) => c.state.entries,
    fail() {
      throw new Error("failed");
    },
  },
  restart: { policy: "permanent" },
});

const OWNER = { type: "ledger", keyText: "a" };

function open(store?: WatchedStore): { world: PlacedWorld; one: PlacedNode; two: PlacedNode } {
  heard.length = 0;
  failing = false;
  const world = new PlacedWorld(store);
  const [one, two] = world.open(["one", "two"], { actors: [ledger] });
  assert.ok(one !== undefined && two !== undefined);
  return { world, one, two };
}

describe("a start with a given generation", () => {
  it("claims the key before code of the actor runs", async () => {
    const { world, one } = open();
    await using _ = world;
    const release = world.store.hold();
    const started = one.host.start(OWNER, { generation: 7 });
    await until(() => world.store.batches.length === 1);
    await settleTurns();
    assert.deepEqual(heard, []);

    release();

    assert.deepEqual(await started, { outcome: "running" });
    assert.deepEqual(heard, ["onCreate 7", "onWake 7"]);
    await until(() => world.store.batches.length === 2);
    assert.equal((await world.store.meta("ledger/a"))?.["generation"], 7);
    assert.deepEqual(
      (await world.store.allKeys()).filter((key) => key.startsWith("n/")),
      [],
    );
  });

  it("creates no actor that its placement does not give it any more: a later activation may have destroyed it", async () => {
    const { world, one, two } = open();
    await using _ = world;
    await one.host.start(OWNER, { generation: 6 });
    assert.equal(await one.host.perform(OWNER, "destroy"), true);
    heard.length = 0;
    let asked = 0;
    const isCurrent = async (): Promise<boolean> => {
      asked += 1;
      return false;
    };

    const outcome = await two.host.start(OWNER, { generation: 5, isCurrent });

    assert.deepEqual(outcome, { outcome: "stale", storedGeneration: 5 });
    assert.deepEqual([heard, asked, await world.store.allKeys()], [[], 1, []]);
  });

  it("is not asked for its placement if the actor exists, whose record has the last generation", async () => {
    const { world, one, two } = open();
    await using _ = world;
    await one.host.start(OWNER, { generation: 6 });
    await askHere(one, ledger, "a", "enter", "x");
    const isCurrent = async (): Promise<boolean> => assert.fail("it is not needed");

    assert.deepEqual(await two.host.start(OWNER, { generation: 7, isCurrent }), {
      outcome: "running",
    });
  });

  for (const generation of [3, 4]) {
    it(`is stale when the stored one is ${generation} and its own is 3: nothing runs`, async () => {
      const { world, one, two } = open();
      await using _ = world;
      await one.host.start(OWNER, { generation });
      heard.length = 0;

      const outcome = await two.host.start(OWNER, { generation: 3 });

      assert.deepEqual(outcome, { outcome: "stale", storedGeneration: generation });
      assert.deepEqual(heard, []);
      assert.deepEqual(two.ends, ["ledger/a 3 fenced"]);
      assert.deepEqual(await askHere(one, ledger, "a", "enter", "x"), { reply: 1 });
    });
  }

  it("leaves no actor when it fails", async () => {
    const { world, one, two } = open();
    await using _ = world;
    failing = true;

    const outcome = await one.host.start(OWNER, { generation: 1 });

    assert.equal(outcome.outcome, "failed");
    assert.match(String((outcome as { readonly error: Error }).error), /not today/);
    await until(() => one.ends.length === 1);
    assert.deepEqual(await world.store.allKeys(), []);

    failing = false;
    assert.deepEqual(await two.host.start(OWNER, { generation: 2 }), { outcome: "running" });
    assert.deepEqual(heard, ["onCreate 2", "onWake 2"]);
  });

  it("leaves nothing but its claim when the process has died, which is no actor", async () => {
    const { world, one, two } = open();
    await using _ = world;
    failing = true;
    one.host.listen({ ended() {}, typeDefined() {} });
    world.store.hold(); // claim
    const started = one.host.start(OWNER, { generation: 1 });
    await until(() => world.store.batches.length === 1);
    one.host.fenceAll();
    assert.deepEqual(await started, { outcome: "ended", reason: "fenced" });
    failing = false;

    await world.store.put("n/ledger/a", Buffer.from(JSON.stringify({ format: 1, generation: 1 })));

    assert.deepEqual((await two.system.keys(ledger)).keys, []);
    assert.deepEqual(await two.host.start(OWNER, { generation: 1 }), {
      outcome: "stale",
      storedGeneration: 1,
    });
    assert.deepEqual(await two.host.start(OWNER, { generation: 2 }), { outcome: "running" });
    assert.deepEqual(heard, ["onCreate 2", "onWake 2"]);
  });

  it("ends if there is no actor and one must exist", async () => {
    const { world, one } = open();
    await using _ = world;

    const outcome = await one.host.start(OWNER, { generation: 1, mustExist: true });

    assert.deepEqual(outcome, { outcome: "absent" });
    assert.deepEqual(await world.store.allKeys(), []);
  });

  it("is refused for a type that is not defined", async () => {
    const { world, one } = open();
    await using _ = world;
    const owner = { type: "unknown", keyText: "a" };

    const outcome = await one.host.start(owner, { generation: 1 });

    assert.deepEqual(outcome, { outcome: "refused", why: "unknown_type" });
  });

  for (const written of ["yes", "no", "later"] as const) {
    it(`resolves a claim whose outcome is unknown: written ${written}`, async () => {
      const { world, one } = open();
      await using _ = world;
      world.store.lose(written);

      assert.deepEqual(await one.host.start(OWNER, { generation: 1 }), { outcome: "running" });
      if (written === "later") await assert.rejects(world.store.applyLate());

      assert.deepEqual(await askHere(one, ledger, "a", "enter", "x"), { reply: 1 });
    });
  }

  it("fences an older activation of the key in the same process", async () => {
    const { world, one } = open();
    await using _ = world;
    await one.host.start(OWNER, { generation: 1 });
    await askHere(one, ledger, "a", "enter", "x");

    assert.deepEqual(await one.host.start(OWNER, { generation: 2 }), { outcome: "running" });

    assert.deepEqual(one.ends, ["ledger/a 1 fenced"]);
    assert.deepEqual(await askHere(one, ledger, "a", "entries"), { reply: ["x"] });
    assert.deepEqual(
      [...one.host.running()].map((each) => each.generation),
      [2],
    );
  });

  it("is told again what it has done already", async () => {
    const { world, one } = open();
    await using _ = world;
    await one.host.start(OWNER, { generation: 1 });

    assert.deepEqual(await one.host.start(OWNER, { generation: 1 }), { outcome: "running" });
    assert.deepEqual(heard, ["onCreate 1", "onWake 1"]);
  });

  it("reads and checks the records again at a restart", async () => {
    const { world, one, two } = open();
    await using _ = world;
    await one.host.start(OWNER, { generation: 1 });
    await askHere(one, ledger, "a", "enter", "x");
    await two.host.start(OWNER, { generation: 2 });

    one.system.get(ledger, "a").tell.fail();

    await settleTurns();
    await world.clock.advance(1_000); // the delay of the restart
    await until(() => one.ends.length === 1);
    assert.deepEqual(one.ends, ["ledger/a 1 fenced"]);
    assert.deepEqual(await askHere(two, ledger, "a", "enter", "y"), { reply: 2 });
  });
});

describe("two processes that start the same key", () => {
  for (const exists of [false, true]) {
    it(`never both store: the actor ${exists ? "exists" : "is new"}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const store = new WatchedStore();
          const before = exists ? await createdBefore(store) : [];
          const written: string[] = [];
          const world = new PlacedWorld(store);
          world.viewFor = (name) => scheduledView(store, scheduler, name, written);
          const [one, two] = world.open(["g2", "g3"], { actors: [ledger] });
          assert.ok(one !== undefined && two !== undefined);

          const runs = [one, two].map((node) => run(node));
          const entered = (await scheduler.waitFor(Promise.all(runs))).flat();

          const state = (await store.state("ledger/a")) as { readonly entries: string[] };
          assert.deepEqual(
            [...state.entries].sort(),
            [...before, ...entered].sort(),
            "what was acknowledged is what is stored",
          );
          const first = written.indexOf("g3");
          assert.ok(first >= 0, "the later one has stored");
          assert.equal(written.indexOf("g2", first), -1, "the earlier one stores nothing after it");
          for (const { host } of world.nodes) host.fenceAll();
          await scheduler.waitFor(Promise.all(world.nodes.map(({ system }) => system.shutdown())));
        }),
        { numRuns: 60 },
      );
    });
  }
});

/** Creates the actor under generation 1, in a process that has ended. */
async function createdBefore(store: WatchedStore): Promise<readonly string[]> {
  await using world = new PlacedWorld(store);
  const [node] = world.open(["g1"], { actors: [ledger] });
  assert.ok(node !== undefined);
  await node.host.start(OWNER, { generation: 1 });
  await askHere(node, ledger, "a", "enter", "before");
  return ["before"];
}

/** Starts the key under the generation that is the name of the process. Returns the entries that were acknowledged. */
async function run(node: PlacedNode): Promise<readonly string[]> {
  const entered: string[] = [];
  await node.host.start(OWNER, { generation: Number(node.name.slice(1)) });
  for (const number of [1, 2, 3]) {
    const entry = `${node.name}.${number}`;
    const { error } = await askHere(node, ledger, "a", "enter", entry);
    if (error === undefined) entered.push(entry);
  }
  return entered;
}

/** A view of which loads and batches begin and end in any order. Names who has stored something, in order. */
function scheduledView(
  store: WatchedStore,
  scheduler: fc.Scheduler,
  name: string,
  written: string[],
): WatchedStore {
  const view = viewOf(store);
  const scheduled = async <Result>(what: string, call: () => Promise<Result>): Promise<Result> => {
    await scheduler.schedule(Promise.resolve(), `${what} ${name}`);
    try {
      return await call();
    } finally {
      await scheduler.schedule(Promise.resolve(), `answer ${what} ${name}`);
    }
  };
  const load: WatchedStore["load"] = (request) => scheduled("load", () => store.load(request));
  const batch: WatchedStore["batch"] = (operations: readonly WriteOperation[]) =>
    scheduled("batch", async () => {
      const result = await store.batch(operations);
      written.push(name);
      return result;
    });
  Object.defineProperty(view, "load", { value: load });
  Object.defineProperty(view, "batch", { value: batch });
  return view;
}
