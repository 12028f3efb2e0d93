import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, type ActorRef, defineActor } from "../../src/index.ts";
import { type OpenSystem, openSystem } from "../_support/actor-system.ts";
import { Gate, settleTurns, until } from "../_support/actor-waiting.ts";
import { type Store, sleepers } from "./actor-kind.ts";

interface Count {
  total: number;
}

const counter = defineActor("counter", {
  state: (): Count => ({ total: 0 }),
  handlers: {
    add(c, amount: number) {
      c.state.total += amount;
      return c.state.total;
    },
    async addLater(c, amount: number) {
      const { total } = c.state;
      await Promise.resolve();
      c.state.total = total + amount;
      return c.state.total;
    },
    act: (c, act: (c: ActorContext<Count>) => unknown) => act(c),
  },
});

type CounterRef = ActorRef<(typeof counter)["options"]["handlers"]>;

/** A store in memory whose reads and writes take a few turns, or wait for a gate. */
class SlowStore implements Store {
  readonly states = new Map<string, string>();
  loads = 0;
  saves = 0;
  gate: Gate | undefined = undefined;

  async load(key: string): Promise<unknown> {
    this.loads += 1;
    await settleTurns();
    const state = this.states.get(key);
    return state === undefined ? undefined : JSON.parse(state);
  }

  async save(key: string, state: unknown): Promise<void> {
    this.saves += 1;
    await this.gate?.opened;
    await settleTurns();
    this.states.set(key, JSON.stringify(state));
  }
}

function openCounters(): OpenSystem & {
  readonly store: SlowStore;
  readonly get: (key: string) => CounterRef;
} {
  const open = openSystem();
  const store = new SlowStore();
  return Object.assign(open, { store, get: sleepers(open.system, counter, store) });
}

const asleep = ({ system }: OpenSystem) => until(() => system.books().active === 0);

describe("a kind of actor built on the runtime's seams", () => {
  it("is started by its first message, once its state has been loaded", async () => {
    await using open = openCounters();
    open.store.states.set("a", '{"total":40}');
    const ref = open.get("a");
    assert.equal(open.system.books().started, 0);

    assert.equal(await ref.ask.add(2), 42);

    assert.equal(open.store.loads, 1);
  });

  it("sleeps when it is idle, and its next message wakes it with what it knew", async () => {
    await using open = openCounters();
    const ref = open.get("a");
    await ref.ask.add(1);
    await asleep(open);

    assert.equal(await ref.ask.addLater(2), 3);

    await asleep(open);
    const { started, stopped, deadLetters } = open.system.books();
    assert.deepEqual([started, stopped, deadLetters], [2, 2, 0]);
    assert.equal(open.store.states.get("a"), '{"total":3}');
  });

  it("stays awake for a task", async () => {
    await using open = openCounters();
    const gate = new Gate();
    const ref = open.get("a");
    await ref.ask.act((c) => {
      c.spawnTask("work", () => gate.opened);
    });
    await settleTurns();
    assert.equal(open.system.books().active, 1);

    gate.open();

    await asleep(open);
  });

  it("handles what arrives while it goes to sleep in its next life, after the save", async () => {
    await using open = openCounters();
    open.store.gate = new Gate();
    const ref = open.get("a");
    let self: CounterRef | undefined;
    await ref.ask.act((c) => {
      self = c.self as unknown as CounterRef;
      c.state.total = 1;
    });
    await until(() => open.store.saves === 1);

    const byKey = ref.ask.add(10);
    const bySelf = self?.ask.add(100);
    open.store.gate.open();

    assert.deepEqual(await Promise.all([byKey, bySelf]), [11, 111]);
    await asleep(open);
    assert.equal(open.system.books().deadLetters, 0);
  });

  it("does not carry messages on to a life that could not begin, and tries again with the next", async () => {
    await using open = openCounters();
    const ref = open.get("a");
    open.store.states.set("a", "no JSON");

    await assert.rejects(ref.ask.add(1), { code: "ERR_ACTOR_STOPPED" });

    open.store.states.delete("a");
    assert.equal(await ref.ask.add(1), 1);
  });

  it("loses nothing of many messages to many keys, and its books balance", async () => {
    await using open = openCounters();
    const keys = Array.from({ length: 20 }, (_, at) => `key-${at}`);
    const asks: Promise<number>[] = [];
    for (let round = 0; round < 30; round += 1) {
      for (const key of keys.filter((_, at) => (at * 7 + round) % 3 === 0)) {
        const ref = open.get(key);
        if (round % 2 === 0) asks.push(ref.ask.addLater(1));
        else asks.push(ref.ask.add(1));
        ref.tell.add(1);
      }
      if (round % 5 === 0) await settleTurns();
    }

    await Promise.all(asks);
    await asleep(open);

    const sums = [...open.store.states.values()].map((state) => (JSON.parse(state) as Count).total);
    assert.equal(
      sums.reduce((sum, total) => sum + total, 0),
      asks.length * 2,
    );
    const { started, stopped, sent, handled, deadLetters, levels } = open.system.books();
    assert.deepEqual([handled, deadLetters, levels], [sent, 0, {}]);
    assert.equal(stopped, started);
    assert.ok(started > keys.length, `${started} activations`);
  });

  it("ends with its system, and its refs say so from then on", async () => {
    await using open = openCounters();
    const ref = open.get("a");
    await ref.ask.act((c) => {
      c.after("hold", 60_000, () => {});
    });

    await open.system.shutdown();

    assert.equal(open.store.states.get("a"), '{"total":0}');
    await assert.rejects(ref.ask.add(1), { code: "ERR_ACTOR_STOPPED" });
  });
});
