import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { codeOf, forever, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { askHere, type PlacedNode, PlacedWorld } from "../../_support/placed-world.ts";

const heard: string[] = [];
let gate = new Gate();

const box = defineKeyedActor("box", {
  messages: {} as {
    put(item: string): number;
    items(): readonly string[];
    slowly(item: string): Promise<number>;
    never(): Promise<never>;
    timer(text: string): void;
    ring(text: string): void;
    plan(text: string): void;
  },
  state: () => ({ items: [] as string[] }),
  handlers: {
    put: (c, item) => c.state.items.push(item),
    items: (c) => c.state.items,
    async slowly(c, item) {
      c.state.items.push(item);
      await gate.opened;
      return c.fencingToken;
    },
    never: () => forever(),
    timer: (c, text) => {
      c.after("timer", 100, () => heard.push(`${text} ${c.generation}`));
    },
    ring: (c, text) => {
      heard.push(`${text} ${c.generation}`);
    },
    plan: (c, text) => void c.schedule.after(100).ring(text),
  },
  onSleep: (c, reason) => {
    heard.push(`onSleep ${c.generation} ${reason}`);
  },
});

const OWNER = { type: "box", keyText: "a" };

/** Two processes; keys are placed in the first one until `move`. */
function open(): { world: PlacedWorld; one: PlacedNode; two: PlacedNode; move: () => void } {
  heard.length = 0;
  gate = new Gate();
  const world = new PlacedWorld();
  const [one, two] = world.open(["one", "two"], { actors: [box] });
  assert.ok(one !== undefined && two !== undefined);
  const move = (): void => {
    world.choose = () => two;
  };
  return { world, one, two, move };
}

describe("the door of a process", () => {
  it("refuses messages for a key that is not awake there, and starts and counts nothing", async () => {
    const { world, two } = open();
    await using _ = world;

    const { error, handled } = await askHere(two, box, "a", "items");

    assert.equal((error as { readonly code: string }).code, "ERR_NOT_OWNER");
    assert.equal(handled, false);
    assert.deepEqual([two.system.books().sent, two.system.books().started], [0, 0]);
    assert.equal(world.store.roundTrips, 0);
  });
});

describe("a fence", () => {
  it("rejects what is handled as handled, stores nothing, and passes on what waits", async () => {
    const { world, one, move } = open();
    await using _ = world;
    const ref = one.system.get(box, "a");
    await ref.ask.put("1");
    const during = askHere(one, box, "a", "slowly", "2");
    const waits = askHere(one, box, "a", "put", "3");
    const local = ref.ask.put("4");
    await settleTurns();
    move();

    one.host.fence(OWNER);

    const [first, second] = [await during, await waits];
    assert.deepEqual(
      [first, second].map(({ error, handled }) => [(error as { code: string }).code, handled]),
      [
        ["ERR_NOT_OWNER", true],
        ["ERR_NOT_OWNER", false],
      ],
    );
    assert.equal(await local, 2);
    assert.deepEqual(await ref.ask.items(), ["1", "4"]);
    assert.deepEqual(one.ends, ["box/a 1 fenced"]);
    assert.deepEqual(heard, []);
    gate.open();
  });

  it("leaves the reply of a commit under way to its outcome", async () => {
    const { world, one, two, move } = open();
    await using _ = world;
    const ref = one.system.get(box, "a");
    await ref.ask.put("1");
    const release = world.store.hold();
    const asked = ref.ask.put("2");
    const before = world.store.batches.length;
    await until(() => world.store.batches.length > before);
    move();

    one.host.fence(OWNER);
    release();

    assert.equal(await asked, 2);
    assert.deepEqual(await two.system.get(box, "a").ask.items(), ["1", "2"]);
  });

  it("that comes before a commit begins leaves nothing of it", async () => {
    const { world, one, two, move } = open();
    await using _ = world;
    const ref = one.system.get(box, "a");
    await ref.ask.put("1");
    const release = world.store.hold();
    const asked = ref.ask.put("2");
    const before = world.store.batches.length;
    await until(() => world.store.batches.length > before);
    const next = codeOf(ref.ask.put("3")); // handled, and waits for the commit after this one
    await settleTurns();
    move();

    one.host.fenceAll();
    release();

    assert.equal(await asked, 2);
    assert.equal(await next, "ERR_NOT_OWNER");
    assert.deepEqual(await two.system.get(box, "a").ask.items(), ["1", "2"]);
  });

  it("keeps an actor that is being destroyed from being removed", async () => {
    const { world, one, two, move } = open();
    await using _ = world;
    const ref = one.system.get(box, "a");
    await ref.ask.put("1");
    void ref.ask.never().catch(() => {});
    await settleTurns();
    const destroyed = codeOf(ref.destroy());
    move();

    one.host.fence(OWNER);

    assert.equal(await destroyed, "ERR_ACTOR_STOPPED");
    assert.deepEqual(await two.system.get(box, "a").ask.items(), ["1"]);
  });
});

describe("a stop", () => {
  it("runs onSleep and stores the last changes", async () => {
    const { world, one, two, move } = open();
    await using _ = world;
    const ref = one.system.get(box, "a");
    await ref.ask.put("1");
    move();

    await one.host.stop(OWNER, "drained", 1_000);

    assert.deepEqual(heard, ["onSleep 1 drained"]);
    assert.deepEqual([...one.host.running()], []);
    assert.deepEqual(await ref.ask.items(), ["1"]);
    assert.equal(two.system.books().active, 1);
  });

  it("fences an actor that has not ended in time", async () => {
    const { world, one } = open();
    await using _ = world;
    const ref = one.system.get(box, "a");
    const asked = codeOf(ref.ask.never());
    await until(() => one.system.books().processing === 1);

    const stopped = one.host.stop(OWNER, "drained", 1_000);
    await world.clock.advance(1_000);
    await stopped;

    assert.equal(await asked, "ERR_NOT_OWNER");
    assert.deepEqual(one.ends, ["box/a 1 fenced"]);
  });
});

describe("a stop of an actor whose definition says how long it may take", () => {
  const brief = defineKeyedActor("brief", {
    messages: {} as { never(): Promise<never>; note(text: string): void },
    stopDeadlineMs: 500,
    handlers: { never: () => forever(), note: (_c, text) => void heard.push(text) },
  });

  it("takes no longer, and hands over what waits", async () => {
    const { world, one, two, move } = open();
    await using _ = world;
    const ref = one.system.get(brief, "a");
    void ref.ask.never().catch(() => {});
    await until(() => one.system.books().processing === 1);
    ref.tell.note("waits");
    await until(() => one.system.books().waiting === 1);
    move();

    const stopped = one.host.stop({ type: "brief", keyText: "a" }, "drained", 10_000);
    await world.clock.advance(500);
    await stopped;

    assert.deepEqual(one.ends, ["brief/a 1 fenced"]);
    await until(() => heard.length === 1);
    assert.equal(two.system.books().started, 1);
    assert.deepEqual(
      [one.host.stopLimitMs("brief"), one.host.stopLimitMs("box"), one.host.stopLimitMs("none")],
      [500, undefined, undefined],
    );
  });
});

describe("an actor that comes back to a process", () => {
  it("reads again what others have stored meanwhile, although it never left the memory there", async () => {
    const { world, one, two, move } = open();
    await using _ = world;
    const ref = one.system.get(box, "a");
    await ref.ask.put("1");
    await two.host.start(OWNER, { generation: 2 });
    await askHere(two, box, "a", "put", "2");
    assert.deepEqual(
      [...one.host.running()].map(({ generation }) => generation),
      [1],
    );

    await one.host.start(OWNER, { generation: 3 });

    assert.deepEqual(await askHere(one, box, "a", "items"), { reply: ["1", "2"] });
    const { error } = await askHere(two, box, "a", "put", "3");
    assert.equal((error as { readonly code: string }).code, "ERR_STATE_CONFLICT");
    assert.deepEqual(await askHere(one, box, "a", "items"), { reply: ["1", "2"] });
    move();
  });
});

describe("what an activation has planned", () => {
  it("in memory ends with it: a timer never fires under a later generation", async () => {
    const { world, one, two, move } = open();
    await using _ = world;
    const ref = one.system.get(box, "a");
    await ref.ask.timer("timer");
    move();
    await one.host.stop(OWNER, "drained", 1_000);
    await ref.ask.items();

    await world.clock.advance(1_000);

    assert.equal(two.system.books().active, 1);
    assert.deepEqual(heard, ["onSleep 1 drained"]);
  });

  it("in memory ends with it, also where it waits in the mailbox", async () => {
    const { world, one, move } = open();
    await using _ = world;
    const ref = one.system.get(box, "a");
    await ref.ask.timer("timer");
    const busy = ref.ask.slowly("1");
    await settleTurns();
    await world.clock.advance(200);
    assert.equal(one.system.books().waiting, 1);
    move();

    const stopped = one.host.stop(OWNER, "drained", 1_000);
    gate.open();
    await stopped;

    assert.equal(await busy, 1);
    assert.deepEqual(await ref.ask.items(), ["1"]);
    assert.deepEqual(heard, ["onSleep 1 drained"]);
  });

  it("in the store goes with the actor: it fires once, in the next activation", async () => {
    const { world, one, two, move } = open();
    await using _ = world;
    one.scans = true;
    one.host.scan();
    const ref = one.system.get(box, "a");
    await ref.ask.plan("ring");
    move();
    await one.host.stop(OWNER, "drained", 1_000);
    heard.length = 0;

    await world.clock.advance(200);
    await until(() => heard.length > 0);
    await world.clock.advance(1_000);

    assert.deepEqual(heard, ["ring 2"]);
    assert.equal(two.system.books().active, 1);
  });

  it("is noticed by the process that scans", async () => {
    const { world, one, two } = open();
    await using _ = world;
    two.scans = true;
    two.host.scan();
    await one.system.get(box, "a").ask.plan("ring");

    await world.clock.advance(200);
    await until(() => heard.length > 0);

    assert.deepEqual(heard, ["ring 1"]);
    assert.equal(one.noticed.length > 0, true);
  });

  it("is tried again after a failure, wherever the process is that scans", async () => {
    const flaky = defineKeyedActor("flaky", {
      messages: {} as { plan(): void; attempt(): void },
      handlers: {
        plan: (c) => void c.schedule.after(100).attempt(),
        attempt(c) {
          heard.push(`attempt ${c.generation}`);
          if (heard.length === 1) throw new Error("once");
        },
      },
    });
    const { world, one, two } = open();
    await using _ = world;
    two.scans = true;
    two.host.scan();
    await one.system.get(flaky, "a").ask.plan();
    await world.clock.advance(100);
    await until(() => heard.length === 1);
    await settleTurns(20);

    await world.clock.advance(1_000);
    await until(() => heard.length === 2);
    await settleTurns(20);
    await world.clock.advance(30_000);

    assert.deepEqual(heard, ["attempt 1", "attempt 1"]);
    two.host.endScan();
  });

  it("is tried again ever less often, although all due times are read again every 10 s", async () => {
    const starts: number[] = [];
    const broken = defineKeyedActor("broken", {
      messages: {} as { plan(): void; attempt(): void; other(): void },
      handlers: {
        plan: (c) => {
          c.schedule.after(100).attempt();
          c.schedule.after(95_000).other();
        },
        attempt() {
          starts.push(world.clock.monotonicMs());
          throw new Error("always");
        },
        other: () => void heard.push("other"),
      },
      restart: { maxRestarts: 100 },
    });
    const { world, one, two } = open();
    await using _ = world;
    two.scans = true;
    two.host.scan();
    await one.system.get(broken, "a").ask.plan();

    for (let second = 0; second < 94; second += 1) {
      await world.clock.advance(1_000);
      await settleTurns(10);
    }
    assert.ok(starts.length >= 5 && starts.length <= 7, `${starts.length} attempts in 94 s`);
    await world.clock.advance(1_000);
    await until(() => heard.length === 1);

    assert.deepEqual(heard, ["other"], "another schedule of the actor does not wait for it");
    two.host.endScan();
  });

  it("is found by the process that scans although its notice was lost", async () => {
    const { world, one, two } = open();
    await using _ = world;
    one.noticeDue = () => {};
    await one.system.get(box, "a").ask.plan("ring");
    two.scans = true;
    two.host.scan();
    await settleTurns();

    await world.clock.advance(10_000);
    await until(() => heard.length > 0);

    assert.deepEqual(heard, ["ring 1"]);
    two.host.endScan();
  });
});
