import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ForwardedMessage } from "../../../src/activation/placement/forwarded-message.ts";
import { defineKeyedActor, type KeyedAddress, type KeyedRef, queue } from "../../../src/index.ts";
import { expectBooks } from "../../../src/testing.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";
import { askHere, type PlacedNode, PlacedWorld } from "../../_support/placed-world.ts";

const told: string[] = [];
let gate = new Gate();

type Known = KeyedAddress<
  never,
  KeyedRef<{
    readonly get: (c: never) => number;
    readonly where: (c: never) => string;
    readonly note: (c: never, text: string) => void;
  }>
>;

/** The definition below, for its own handlers. */
function known(): Known {
  return counter as unknown as Known;
}

const counter = defineKeyedActor("counter", {
  state: () => ({ total: 0 }),
  mailbox: { limit: 3 },
  queues: { jobs: queue<string, number>() },
  handlers: {
    add: (c, by: number) => {
      c.state.total += by;
      return c.state.total;
    },
    get: (c) => c.state.total,
    where: (c) => c.system.name,
    many: (_c, ...args: number[]) => args.length,
    note: (_c, text: string) => {
      told.push(text);
    },
    boom() {
      throw new RangeError("boom");
    },
    async wait() {
      await gate.opened;
      return "opened";
    },
    self: (c) => c.system.get(known(), c.key).ask.get(),
    tellSelf: (c) => c.system.get(known(), c.key).tell.note("to itself"),
    other: (c, key: string) => c.system.get(known(), key).ask.where(),
    generation: (c) => [c.generation, c.fencingToken],
    sleep: (c) => c.sleep(),
  },
  async run(c) {
    for await (const message of c.queue.jobs) message.complete(message.body.length);
  },
});

const waiting = defineKeyedActor("waiting", {
  mailbox: { limit: 1, whenFull: "wait" },
  handlers: {
    note: (_c, text: string) => {
      told.push(text);
    },
    async wait() {
      await gate.opened;
    },
  },
});

/** Two processes: keys go to the second one, except those that begin with `one`. */
function open(): { world: PlacedWorld; one: PlacedNode; two: PlacedNode } {
  told.length = 0;
  gate = new Gate();
  const world = new PlacedWorld();
  const [one, two] = world.open(["one", "two"], { actors: [counter, waiting] });
  assert.ok(one !== undefined && two !== undefined);
  world.choose = ({ keyText }) => (keyText.startsWith("one") ? one : two);
  return { world, one, two };
}

describe("a message to a key of another process", () => {
  it("is handled there, and the reply comes back", async () => {
    const { world, one, two } = open();
    await using _ = world;
    const ref = one.system.get(counter, "a");

    assert.deepEqual(
      [
        await ref.ask.add(2),
        await ref.ask.add(3),
        await ref.ask.where(),
        await ref.ask.many(1, 2, 3),
      ],
      [2, 5, "two", 3],
    );

    assert.equal(ref.id, "counter/a");
    assert.equal(two.system.books().active, 1);
    assert.equal(one.system.books().active, 0);
    assert.deepEqual(await world.store.state("counter/a"), { total: 5 });
    for (const { system } of world.nodes) expectBooks(system);
  });

  it("keeps the order of its sender", async () => {
    const { world, one } = open();
    await using _ = world;
    const ref = one.system.get(counter, "a");

    ref.tell.note("1");
    ref.tell.note("2");
    await ref.ask.get();
    ref.tell.note("3");
    await ref.ask.get();

    assert.deepEqual(told, ["1", "2", "3"]);
  });

  it("comes back where the key is placed in the same process", async () => {
    const { world, one } = open();
    await using _ = world;
    const ref = one.system.get(counter, "one-a");

    assert.deepEqual([await ref.ask.where(), await ref.ask.add(1)], ["one", 1]);
    assert.equal(one.system.books().active, 1);
  });

  it("is not overtaken by a later one, although its actor has come to this process meanwhile", async () => {
    const { world, one } = open();
    await using _ = world;
    const held: ForwardedMessage[] = [];
    const forward = one.forward.bind(one);
    one.forward = (message) => void held.push(message);
    const ref = one.system.get(counter, "one-a");
    ref.tell.note("1");
    await one.host.start({ type: "counter", keyText: "one-a" }, { generation: 1 });

    ref.tell.note("2");
    const asked = ref.ask.get();
    assert.deepEqual(
      held.map(({ name }) => name),
      ["note", "note", "get"],
    );
    // What others have sent to this process goes no other way.
    assert.deepEqual(await askHere(one, counter, "one-a", "where"), { reply: "one" });
    one.forward = forward;
    for (const message of held) assert.equal(message.deliverHere(), true);
    await asked;
    ref.tell.note("3");
    await ref.ask.get();

    assert.deepEqual(told, ["1", "2", "3"]);
    assert.equal(one.system.books().sent, 9); // three of them twice
  });

  it("rejects with the error of its handler", async () => {
    const { world, one } = open();
    await using _ = world;

    await assert.rejects(one.system.get(counter, "a").ask.boom(), /boom/);
  });

  it("times out here, and its late reply is ignored", async () => {
    const { world, one } = open();
    await using _ = world;
    const ref = one.system.get(counter, "a");
    await ref.ask.get();
    const asked = codeOf(ref.with({ timeoutMs: 100 }).ask.wait());

    await world.clock.advance(200);

    assert.equal(await asked, "ERR_ASK_TIMEOUT");
    gate.open();
    assert.equal(await ref.ask.get(), 0);
  });

  it("is aborted here", async () => {
    const { world, one } = open();
    await using _ = world;
    const abort = new AbortController();
    const ref = one.system.get(counter, "a");
    await ref.ask.get();
    const asked = codeOf(ref.with({ signal: abort.signal }).ask.wait());

    abort.abort();

    assert.equal(await asked, "ERR_ABORTED");
    gate.open();
  });

  it("is sent again to the next activation if it was not handled", async () => {
    const { world, one, two } = open();
    await using _ = world;
    const ref = one.system.get(counter, "a");
    const first = ref.ask.wait();
    const second = ref.ask.generation();
    await until(() => two.system.books().waiting === 1);

    void two.host.stop({ type: "counter", keyText: "a" }, "drained", 5_000);
    gate.open();

    assert.equal(await first, "opened");
    assert.deepEqual(await second, [2, 2]);
    assert.deepEqual(two.ends, ["counter/a 1 drained"]);
  });

  it("goes through the queue of the actor", async () => {
    const { world, one, two } = open();
    await using _ = world;
    const { queue: queues } = one.system.get(counter, "a");

    assert.equal(await queues.jobs.ask("four"), 4);
    assert.equal(typeof (await queues.jobs.send("x")), "string");
    assert.equal(two.system.books().active, 1);
  });

  it("of an actor to itself stays in its process", async () => {
    const { world, one } = open();
    await using _ = world;
    const ref = one.system.get(counter, "a");

    assert.equal(await codeOf(ref.ask.self()), "ERR_SELF_ASK");
    await ref.ask.tellSelf();
    await ref.ask.get();
    assert.deepEqual(told, ["to itself"]);
  });

  it("is sent by actors of both processes to each other", async () => {
    const { world, one } = open();
    await using _ = world;

    assert.equal(await one.system.get(counter, "one-a").ask.other("b"), "two");
    assert.equal(await one.system.get(counter, "b").ask.other("one-a"), "one");
  });

  it("that nothing can take is an error for an ask and a dead letter for a tell", async () => {
    const { world, one } = open();
    await using _ = world;
    const lost: string[] = [];
    one.forward = (message) => message.fail(new Error("no runner"), false);
    one.system.deadLetters.subscribe(({ reason, actorId }) => lost.push(`${reason} ${actorId}`));
    const ref = one.system.get(counter, "a");

    await assert.rejects(ref.ask.get(), /no runner/);
    ref.tell.note("lost");

    assert.deepEqual(lost, ["unreachable counter/a"]);
  });
});

describe("a tell that waits for room in a mailbox of another process", () => {
  it("resolves when it is accepted there", async () => {
    const { world, one } = open();
    await using _ = world;
    const ref = one.system.get(waiting, "a");
    await ref.tell.wait();
    await ref.tell.note("fills the mailbox");
    let accepted = false;
    const sent = ref.tell.note("waits").then(() => {
      accepted = true;
    });
    await world.clock.advance(50);
    assert.equal(accepted, false);

    gate.open();
    await sent;

    await until(() => told.length === 2);
    assert.deepEqual(told, ["fills the mailbox", "waits"]);
  });

  it("gives up at its time-out, and when it is aborted", async () => {
    const { world, one } = open();
    await using _ = world;
    const ref = one.system.get(waiting, "a");
    await ref.tell.wait();
    await ref.tell.note("fills the mailbox");
    const abort = new AbortController();
    const late = codeOf(ref.with({ timeoutMs: 100 }).tell.note("late"));
    const aborted = codeOf(ref.with({ signal: abort.signal }).tell.note("aborted"));

    abort.abort();
    await world.clock.advance(200);

    assert.deepEqual([await late, await aborted], ["ERR_ASK_TIMEOUT", "ERR_ABORTED"]);
    gate.open();
    await until(() => told.length === 1);
  });
});
