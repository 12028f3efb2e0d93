import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { actorsIn } from "../../_support/actor-books.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";

const oops = new Error("oops");

/** Writes down what happens to it. */
function defineDiary(log: unknown[], options: { readonly start?: () => Promise<void> } = {}) {
  let lives = 0;
  return defineActor("diary", {
    state: (input: string) => {
      lives += 1;
      return { input, life: lives };
    },
    async onStart(c) {
      await options.start?.();
      log.push(`start ${c.state.life}`);
    },
    onStop: (c, reason) => log.push(`stop ${c.state.life} ${reason}`),
    handlers: {
      read: (c) => c.state,
      note: (c, text: string) => log.push(`${text} in ${c.state.life}`),
      fail() {
        throw oops;
      },
    },
  });
}

describe("a restart", () => {
  it("makes fresh state from the same input, in a new life", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(defineDiary([]), { input: "given" });

    ref.tell.fail();

    assert.deepEqual(await ref.ask.read(), { input: "given", life: 2 });
  });

  it("runs onStop of the old life and onStart of the new one, in this order", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log), { input: "" });
    ref.tell.fail();
    await ref.ask.read();

    await ref.stop();

    assert.deepEqual(log, ["start 1", "stop 1 restart", "start 2", "stop 2 normal"]);
  });

  it("keeps the ref, the id, the name and what is queued, in order", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const definition = defineDiary(log);
    const ref = open.system.spawn(definition, { input: "", name: "the-diary" });
    const { id } = ref;
    ref.tell.fail();
    ref.tell.note("a");
    ref.tell.note("b");

    await ref.ask.read();

    assert.deepEqual(log.slice(-2), ["a in 2", "b in 2"]);
    assert.equal(ref.id, id);
    assert.equal(open.system.find(definition, "the-diary")?.id, id);
  });

  it("counts neither as a start nor as a stop, but as a restart", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(defineDiary([]), { input: "" });
    ref.tell.fail();

    await ref.ask.read();

    const { started, stopped, active } = open.system.books();
    assert.deepEqual({ started, stopped, active }, { started: 1, stopped: 0, active: 1 });
    const strategy = { "actor.restart.strategy": "one_for_one", "error.type": "Error" };
    assert.equal(await open.telemetry.value("actor.restarts", strategy), 1);
  });

  it("aborts the old life's signal with the failure; the new life has another", async () => {
    await using open = openSystem();
    const signals: AbortSignal[] = [];
    const definition = defineActor("watchful", {
      onStart: (c) => signals.push(c.signal),
      handlers: {
        fail() {
          throw oops;
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(definition);

    ref.tell.fail();
    await ref.ask.ping();

    assert.deepEqual(
      signals.map(({ aborted, reason }) => [aborted, reason]),
      [
        [true, oops],
        [false, undefined],
      ],
    );
  });

  it("cancels the old life's timers", async () => {
    await using open = openManualSystem();
    let ticks = 0;
    const definition = defineActor("ticking", {
      handlers: {
        tick(c) {
          c.every("tick", 10, () => (ticks += 1));
        },
        fail() {
          throw oops;
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(definition);
    ref.tell.tick();
    ref.tell.fail();
    await ref.ask.ping();

    await open.clock.advance(100);

    assert.equal(ticks, 0);
  });

  it("ends what the old life's onStop has set going, too", async () => {
    await using open = openManualSystem();
    const log: string[] = [];
    const child = defineActor("child", {
      onStop: (_c, reason) => log.push(`child ${reason}`),
      handlers: { ping: () => "pong" },
    });
    const definition = defineActor("parting", {
      onStart: () => log.push("start"),
      onStop(c, reason) {
        if (reason !== "restart") return;
        c.after("late", 10, () => log.push("timer"));
        c.spawnChild(child);
      },
      handlers: {
        fail() {
          throw oops;
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(definition);
    ref.tell.fail();
    await ref.ask.ping();

    await open.clock.advance(100);

    assert.deepEqual(log, ["start", "child parent_stopped", "start"]);
  });

  it("that is followed by a stop handles what is queued and stops", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log), { input: "" });
    ref.tell.fail();
    ref.tell.note("a");

    await ref.stop();

    const expected = ["start 1", "stop 1 restart", "start 2", "a in 2", "stop 2 normal"];
    assert.deepEqual(log, expected);
  });

  it("that is under way when the actor is killed does not begin another life", async () => {
    await using open = openSystem();
    const gate = new Gate();
    let starts = 0;
    const definition = defineActor("doomed", {
      onStart: () => (starts += 1),
      onStop: () => gate.opened,
      handlers: {
        fail() {
          throw oops;
        },
      },
    });
    const ref = open.system.spawn(definition);
    ref.tell.fail();
    await until(() => actorsIn(open.system, "restarting") === 1);

    ref.kill();
    gate.open();

    assert.equal(await ref.whenStopped(), "killed");
    await until(() => open.system.books().active === 0);
    assert.equal(starts, 1);
  });

  it("is ended by a kill while the new life starts", async () => {
    await using open = openSystem();
    const starts = [new Gate(), new Gate()] as const;
    starts[0].open();
    let life = -1;
    const start = (): Promise<void> => {
      life += 1;
      return starts[life as 0 | 1].opened;
    };
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log, { start }), { input: "" });
    ref.tell.fail();
    const asked = codeOf(ref.ask.read());
    await until(() => life === 1);

    ref.kill();
    starts[1].open();

    assert.equal(await asked, "ERR_ACTOR_KILLED");
    assert.deepEqual(log, ["start 1", "stop 1 restart", "start 2"]);
  });
});
