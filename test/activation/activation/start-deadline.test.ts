import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { allAsleep, failureOf, openKeyed, WatchedStore } from "../../_support/keyed.ts";

/** A definition whose hook `hangs` waits for the gate, and then writes what it can. */
function defineHanging(hangs: "onCreate" | "onWake", gate: Gate, late: unknown[]) {
  const hang = async (c: {
    readonly kv: { put(key: string, value: unknown): void };
    state: { total: number };
    readonly signal: AbortSignal;
    saveState(): Promise<void>;
  }): Promise<void> => {
    const { kv, signal } = c;
    await gate.opened;
    late.push(signal.aborted);
    c.state.total = 99;
    for (const write of [() => kv.put("late", 1), () => c.kv.put("late", 1)]) {
      try {
        write();
        late.push("written");
      } catch (thrown) {
        late.push((thrown as { code?: string }).code);
      }
    }
    late.push(await codeOf(c.saveState()));
  };
  return defineKeyedActor("hanging", {
    state: () => ({ total: 1 }),
    onCreate: (c) => (hangs === "onCreate" ? hang(c) : undefined),
    onWake: (c) => (hangs === "onWake" ? hang(c) : undefined),
    handlers: { total: (c) => c.state.total },
  });
}

describe("a step of a start that does not end", () => {
  for (const hook of ["onCreate", "onWake"] as const) {
    it(`such as ${hook} is given up after 30 s, and its key can be used again`, async () => {
      const gate = new Gate();
      const late: unknown[] = [];
      await using open = openKeyed();
      const ref = open.system.get(defineHanging(hook, gate, late), "a").with({ timeoutMs: 60_000 });
      const failures = [failureOf(ref.ask.total()), failureOf(ref.whenReady())];
      await open.clock.advance(29_999);
      assert.equal(open.system.books().active, 1);

      await open.clock.advance(1);

      for (const failure of await Promise.all(failures)) {
        assert.equal(failure.code, "ERR_START_FAILED");
        assert.equal(failure.causeCode, "ERR_START_TIMEOUT");
      }
      await allAsleep(open);
      assert.deepEqual(await open.store.allKeys(), []);
      await open.clock.advance(1_000);
      const asked = ref.ask.total();
      gate.open();
      assert.equal(await asked, 99, "the hook of the second start ends");
      assert.deepEqual(late.slice(0, 4), [true, "ERR_LIFE_OVER", "ERR_LIFE_OVER", "ERR_LIFE_OVER"]);
    });
  }

  it("is counted, logged and recorded as a time-out", async () => {
    const gate = new Gate();
    await using open = openKeyed();
    const { telemetry } = open;
    const ref = open.system.get(defineHanging("onWake", gate, []), "a");
    ref.tell.total();

    await open.clock.advance(30_000);
    await allAsleep(open);

    const phases = telemetry.logs().filter(({ event }) => event === "actor.startup.phase");
    assert.deepEqual(
      phases.map(({ phase, outcome }) => `${phase} ${outcome}`),
      ["load ok", "state ok", "on_create ok", "on_wake timeout"],
    );
    const [failed] = telemetry.logs().filter(({ event }) => event === "actor.failed");
    const { phase, directive, err } = failed as Record<string, unknown>;
    assert.deepEqual([phase, directive], ["start", "stop"]);
    assert.equal((err as { code: string }).code, "ERR_START_TIMEOUT");
    const [point] = await telemetry.points("actor.startup.duration");
    assert.equal(point?.attributes["actor.outcome"], "timeout");
    const [span] = telemetry.spansNamed("hanging start on_wake");
    assert.equal(span?.attributes["error.type"], "ERR_START_TIMEOUT");
    gate.open();
    await settleTurns();
  });

  it("has the limit of its definition", async () => {
    const slow = defineKeyedActor("slow", {
      startDeadlineMs: 100,
      handlers: { ping: () => "pong" },
      onWake: () => new Promise(() => {}),
    });
    await using open = openKeyed();
    const failure = failureOf(open.system.get(slow, "a").ask.ping());

    await open.clock.advance(100);

    assert.equal((await failure).causeCode, "ERR_START_TIMEOUT");
  });

  it("does not shorten the limit of the next one", async () => {
    const gates = [new Gate(), new Gate(), new Gate()] as const;
    const slow = defineKeyedActor("slow", {
      startDeadlineMs: 100,
      handlers: { ping: () => "pong" },
      onCreate: () => gates[1].opened,
      onWake: () => gates[2].opened,
    });
    const store = new WatchedStore();
    store.loadGate = gates[0];
    await using open = openKeyed({}, store);
    const asked = open.system.get(slow, "a").ask.ping();
    for (const gate of gates) {
      await open.clock.advance(90);
      gate.open();
      await settleTurns();
    }

    assert.equal(await asked, "pong");
    await open.clock.advance(1_000);
    assert.equal(open.system.books().active, 1, "the limit has ended with the start");
  });

  it("may be a load from a store that does not answer; what it loads later is ignored", async () => {
    const store = new WatchedStore();
    const gate = new Gate();
    store.loadGate = gate;
    const counter = defineKeyedActor("counter", {
      state: () => ({ total: 0 }),
      handlers: { add: (c) => (c.state.total += 1) },
    });
    await using open = openKeyed({}, store);
    const ref = open.system.get(counter, "a").with({ timeoutMs: 60_000 });
    const failure = failureOf(ref.ask.add());
    await open.clock.advance(30_000);
    assert.equal((await failure).causeCode, "ERR_START_TIMEOUT");
    store.loadGate = undefined;
    await open.clock.advance(1_000);

    assert.equal(await ref.ask.add(), 1);
    gate.open();
    await settleTurns();

    assert.equal(await ref.ask.add(), 2);
    assert.deepEqual(await store.state("counter/a"), { total: 2 });
  });

  it("of a restart ends the actor, and its messages become dead letters", async () => {
    let wakes = 0;
    const gate = new Gate();
    const crashing = defineKeyedActor("crashing", {
      state: () => ({ total: 0 }),
      onWake: () => (++wakes === 2 ? gate.opened : undefined),
      handlers: {
        add: (c) => (c.state.total += 1),
        crash() {
          throw new Error("crash");
        },
      },
    });
    await using open = openKeyed();
    const ref = open.system.get(crashing, "a").with({ timeoutMs: 60_000 });
    assert.equal(await ref.ask.add(), 1);
    ref.tell.crash();
    const failure = failureOf(ref.ask.add());

    await open.clock.advance(30_000);

    assert.equal((await failure).causeCode, "ERR_START_TIMEOUT");
    await allAsleep(open);
    await open.clock.advance(1_000);
    assert.equal(await ref.ask.add(), 2);
    gate.open();
    await settleTurns();
    assert.equal(await ref.ask.add(), 3);
  });

  it("is followed by a restart if `onFailure` says so, with which it does not interfere", async () => {
    let wakes = 0;
    const gate = new Gate();
    const late: unknown[] = [];
    const retried = defineKeyedActor("retried", {
      state: () => ({ total: 0 }),
      async onWake(c) {
        wakes += 1;
        if (wakes > 1) return;
        const { kv } = c;
        c.kv.put("early", 1);
        await gate.opened;
        c.state.total = 99;
        try {
          kv.put("late", 1);
        } catch (thrown) {
          late.push((thrown as { code?: string }).code);
        }
      },
      onFailure: () => "restart",
      handlers: { add: (c) => (c.state.total += 1) },
    });
    await using open = openKeyed();
    const ref = open.system.get(retried, "a").with({ timeoutMs: 60_000 });
    const asked = ref.ask.add();

    await open.clock.advance(30_000);

    assert.equal(await asked, 1);
    gate.open();
    await until(() => late.length > 0);
    await settleTurns();
    assert.deepEqual(late, ["ERR_LIFE_OVER"]);
    assert.equal(await ref.ask.add(), 2);
    await ref.sleep();
    const keys = await open.store.allKeys();
    assert.deepEqual(
      keys.filter((key) => key.startsWith("v/")),
      [],
    );
  });

  it("does not include the wait for an earlier activation", async () => {
    const gate = new Gate();
    const slow = defineKeyedActor("slow", {
      startDeadlineMs: 100,
      handlers: { ping: () => "pong" },
      onSleep: () => gate.opened,
    });
    await using open = openKeyed();
    const ref = open.system.get(slow, "a").with({ timeoutMs: 60_000 });
    await ref.ask.ping();
    void ref.sleep();
    await settleTurns();
    const asked = ref.ask.ping();
    await open.clock.advance(1_000);
    gate.open();

    assert.equal(await asked, "pong");
  });
});

describe("a start that fails and is repeated", () => {
  it("stores nothing of what the failed one still does, and closes its parts", async () => {
    let wakes = 0;
    let putLate = (): void => {};
    const retried = defineKeyedActor("retried", {
      messages: {} as { add(): number; remind(): void },
      state: () => ({ total: 0 }),
      onWake(c) {
        wakes += 1;
        if (wakes > 1) return;
        const { kv } = c;
        putLate = () => kv.put("late", 1);
        c.schedule.after(1_000, { id: "x" }).remind();
        throw new Error("no");
      },
      onFailure: () => "restart",
      handlers: { add: (c) => (c.state.total += 1), remind() {} },
    });
    await using open = openKeyed();
    const ref = open.system.get(retried, "a");

    assert.equal(await ref.ask.add(), 1);

    assert.throws(putLate, { code: "ERR_LIFE_OVER" });
    await ref.sleep();
    const keys = await open.store.allKeys();
    assert.deepEqual(
      keys.filter((key) => /^[vt]\//.test(key)),
      [],
    );
  });
});
