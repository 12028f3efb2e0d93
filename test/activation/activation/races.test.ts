import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, defineKeyedActor, type KeyedContext } from "../../../src/index.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { allAsleep, openKeyed, WatchedStore } from "../../_support/keyed.ts";

interface Total {
  total: number;
}
type Act = (c: KeyedContext<Total>) => unknown;

/** Does what it is told, also in its hooks. */
function defineDoer(
  hooks: Partial<Record<"onCreate" | "onWake" | "onSleep" | "onDestroy", Act>> = {},
) {
  return defineKeyedActor("doer", {
    idleMs: 1_000,
    stopDeadlineMs: 5_000,
    taskDeadlineMs: 100,
    state: (): Total => ({ total: 0 }),
    handlers: {
      add: (c, by: number) => (c.state.total += by),
      act: (c, act: Act) => act(c),
      get: (c) => c.state.total,
    },
    ...hooks,
  });
}

describe("messages to a key", () => {
  it("of one turn start one activation (1)", async () => {
    await using open = openKeyed();
    const doer = defineDoer();

    const totals = await Promise.all([
      open.system.get(doer, "a").ask.add(1),
      open.system.get(doer, ["a"]).ask.add(1),
    ]);

    assert.deepEqual(totals, [1, 2]);
    assert.equal(open.system.books().started, 1);
  });

  it("in the turn in which the idle time is over are handled before the sleep, or after it (2)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    await open.clock.advance(999);

    open.clock.schedule(() => ref.tell.add(1), 1);
    await open.clock.advance(1);

    assert.equal(await ref.ask.get(), 2);
    assert.equal(open.system.books().deadLetters, 0);
  });

  it("while it ends are handled by the next activation, in order with those that waited (3)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    const order: number[] = [];
    const gate = new Gate();
    const first = ref.ask.act(async (c) => {
      c.destroy();
      await gate.opened;
    });
    await settleTurns();
    // It ends for another reason than sleep: what waits for it is refused, what comes later creates it anew.
    gate.open();
    await first;
    await settleTurns();
    const note =
      (number: number): Act =>
      () =>
        order.push(number);
    const blocked = new Gate();
    ref.tell.act(() => blocked.opened);
    for (let number = 0; number < 5; number += 1) ref.tell.act(note(number));
    await settleTurns();

    const asleep = ref.sleep();
    for (let number = 5; number < 10; number += 1) ref.tell.act(note(number));
    blocked.open();
    await asleep;
    await ref.ask.get();

    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("that wait when a commit is lost go to the next activation before new ones (3)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    const order: number[] = [];
    const note =
      (number: number): Act =>
      () =>
        order.push(number);
    const gate = new Gate();
    open.store.lose("no");
    const lost = codeOf(ref.ask.act((c) => c.saveState()));
    ref.tell.act(async (c) => {
      c.state.total += 1;
      await c.saveState().catch(() => {});
      await gate.opened;
    });
    for (let number = 0; number < 5; number += 1) ref.tell.act(note(number));
    await settleTurns();
    for (let number = 5; number < 10; number += 1) ref.tell.act(note(number));
    gate.open();
    await lost;

    await ref.ask.get();

    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(open.system.books().deadLetters, 0);
  });

  it("that wait when a commit is lost keep their order if no new one starts the next activation (3)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    const order: number[] = [];
    const gate = new Gate();
    open.store.lose("no");
    const lost = codeOf(ref.ask.add(1));
    const blocked = codeOf(ref.ask.act(() => gate.opened));
    for (let number = 0; number < 5; number += 1) ref.tell.act(() => order.push(number));
    await settleTurns();

    gate.open();
    await Promise.all([lost, blocked]);
    await until(() => order.length === 5);

    assert.deepEqual(order, [0, 1, 2, 3, 4]);
  });

  it("by the self of an ended activation are counted once and handled (4)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    let self: ActorRef<{ add: (c: never, by: number) => unknown }> | undefined;
    await ref.ask.act((c) => {
      self = c.self as never;
    });
    await ref.sleep();
    const { sent } = open.system.books();

    self?.tell.add(4);

    assert.equal(await ref.ask.get(), 4);
    assert.equal(open.system.books().sent - sent, 2);
  });

  it("to itself in onSleep: an ask is refused, a tell is for the next activation (5)", async () => {
    const codes: unknown[] = [];
    let asks = true;
    const doer = defineDoer({
      async onSleep(c) {
        if (!asks) return;
        asks = false;
        const self = c.self as never as ActorRef<{
          add: (c: never, by: number) => number;
          get: (c: never) => number;
        }>;
        self.tell.add(3);
        codes.push(await codeOf(self.ask.get()));
      },
    });
    await using open = openKeyed();
    const ref = open.system.get(doer, "a");
    await ref.ask.add(1);

    await ref.sleep();

    assert.equal(await ref.ask.get(), 4);
    assert.deepEqual(codes, ["ERR_SELF_ASK"]);
  });

  it("wait until the last commit of the activation before has ended (6)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    ref.tell.add(1);
    await settleTurns();
    const release = open.store.hold();
    const asleep = ref.sleep();
    await settleTurns();

    const asked = ref.ask.get();
    await settleTurns();
    assert.equal(open.store.loads, 1);
    release();
    await asleep;

    assert.equal(await asked, 2);
  });
});

describe("code of an activation that has ended", () => {
  it("that wakes up in an abandoned onSleep can write nothing (7)", async () => {
    const gate = new Gate();
    const codes: unknown[] = [];
    let hangs = true;
    const doer = defineDoer({
      async onSleep(c) {
        if (!hangs) return;
        hangs = false;
        await gate.opened;
        c.state.total = 1_000;
        codes.push(await codeOf((async () => c.saveState())()));
        codes.push(await codeOf((async () => c.sleep())()));
      },
    });
    await using open = openKeyed();
    const ref = open.system.get(doer, "a");
    await ref.ask.add(1);
    const asleep = ref.sleep();
    await open.clock.advance(5_000);
    await asleep;
    assert.equal(await ref.ask.add(1), 2);

    gate.open();
    await until(() => codes.length === 2);

    assert.deepEqual(codes, ["ERR_LIFE_OVER", "ERR_LIFE_OVER"]);
    assert.equal(await ref.ask.get(), 2);
    assert.deepEqual(await open.store.state("doer/a"), { total: 2 });
  });
});

describe("sleep and destroy in a start", () => {
  for (const hook of ["onCreate", "onWake"] as const) {
    it(`are obeyed after it: sleep in ${hook} (8)`, async () => {
      await using open = openKeyed();
      const doer = defineDoer({ [hook]: (c: KeyedContext<Total>) => c.sleep() });
      const ref = open.system.get(doer, "a");

      assert.equal(await ref.ask.add(1), 1);

      await allAsleep(open);
      assert.deepEqual(await open.store.state("doer/a"), { total: 1 });
    });

    it(`are obeyed after it: destroy in ${hook} (9)`, async () => {
      await using open = openKeyed();
      let calls = 0;
      const doer = defineDoer({
        [hook](c: KeyedContext<Total>) {
          calls += 1;
          if (calls === 1) c.destroy();
        },
      });
      const ref = open.system.get(doer, "a");

      const code = await codeOf(ref.ask.add(1));
      await allAsleep(open);

      assert.equal(code, "ERR_ACTOR_DESTROYED");
      assert.deepEqual(await open.store.allKeys(), []);
      assert.deepEqual(open.store.batches, []);
    });
  }

  it("removes what is stored even if the start fails afterwards (9)", async () => {
    await using open = openKeyed();
    let breaks = false;
    const doer = defineDoer({
      onWake(c) {
        if (!breaks) return;
        c.destroy();
        throw new Error("no");
      },
    });
    const ref = open.system.get(doer, "a");
    await ref.ask.add(1);
    await ref.sleep();
    breaks = true;

    await codeOf(ref.ask.add(1));
    await allAsleep(open);
    await settleTurns();

    assert.deepEqual(await open.store.allKeys(), []);
  });
});

describe("a kill", () => {
  it("while the records are loaded leaves a key that can be used (10)", async () => {
    const store = new WatchedStore();
    store.loadGate = new Gate();
    await using open = openKeyed({}, store);
    const ref = open.system.get(defineDoer(), "a");
    const code = codeOf(ref.ask.add(1));
    await settleTurns();

    ref.kill();
    const asked = ref.ask.add(5);
    store.loadGate.open();

    assert.equal(await code, "ERR_ACTOR_KILLED");
    assert.equal(await asked, 5);
  });

  it("rejects replies that wait for no commit; the outcome decides about the others (16)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    const release = open.store.hold();
    const underWay = ref.ask.add(10);
    await settleTurns();
    const waiting = codeOf(ref.ask.add(100));
    await settleTurns();

    ref.kill();
    release();

    assert.equal(await underWay, 11);
    assert.equal(await waiting, "ERR_ACTOR_KILLED");
    assert.equal(await ref.ask.get(), 11);
  });
});

describe("a restart", () => {
  it("waits for the commit under way, and drops what was not stored (15)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    const release = open.store.hold();
    const stored = ref.ask.add(10);
    await settleTurns();
    const lost = codeOf(ref.ask.add(100));
    await settleTurns();

    ref.tell.act(() => {
      throw new Error("crash");
    });
    await settleTurns();
    assert.equal(open.store.loads, 1);
    release();

    assert.equal(await stored, 11);
    const code = await lost;
    const total = await ref.ask.get();
    // Its commit was requested before the failure: it is stored as a whole or not at all.
    assert.ok(code === undefined ? total === 111 : total === 11, `${code} ${total}`);
  });
});

describe("a held reply", () => {
  it("to an asker that has given up has no effect (17)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    const release = open.store.hold();
    const code = codeOf(ref.with({ timeoutMs: 100 }).ask.add(10));
    await settleTurns();

    await open.clock.advance(100);
    assert.equal(await code, "ERR_ASK_TIMEOUT");
    release();

    assert.equal(await ref.ask.get(), 11);
  });

  it("of an ask that only reads waits for a commit under way (18)", async () => {
    await using open = openKeyed();
    const ref = open.system.get(defineDoer(), "a");
    await ref.ask.add(1);
    open.store.lose("no");
    const lost = codeOf(ref.ask.add(10));
    const read = codeOf(ref.ask.get());

    assert.deepEqual(await Promise.all([lost, read]), ["ERR_SAVE_UNKNOWN", "ERR_SAVE_UNKNOWN"]);
    assert.equal(await ref.ask.get(), 1);
  });
});
