import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, forever, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

const victim = defineActor("victim", {
  onStop: () => assert.fail("a killed actor runs no onStop"),
  handlers: {
    wait: (_c, gate: Gate) => gate.opened,
    note: (_c, text: string) => text,
    signal: (c) => [c.signal],
    die: (c) => c.self.kill(),
    dieLate: async (c) => {
      c.self.kill();
      await Promise.resolve();
      throw new Error("nobody hears this");
    },
  },
});

describe("ref.kill()", () => {
  it("ends an idle actor at once, aborting its signal", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(victim);
    const [signal] = await ref.ask.signal();

    ref.kill();

    assert.equal(open.system.books().active, 0);
    assert.equal(await ref.whenStopped(), "killed");
    assert.equal(signal?.reason.code, "ERR_ACTOR_KILLED");
  });

  it("rejects the ask being handled and drops the handler's late result", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(victim);
    const asked = ref.ask.wait(gate);
    await until(() => open.system.books().processing === 1);

    ref.kill();

    await assert.rejects(asked, { code: "ERR_ACTOR_KILLED", messageType: "wait" });
    gate.open();
    await settleTurns();
    const outcome = { "actor.outcome": "killed" };
    assert.equal(await open.telemetry.value("actor.message.handled", outcome), 1);
    assert.equal(open.system.books().handled, 1);
  });

  it("turns what is queued into dead letters", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(victim);
    ref.tell.wait(new Gate());
    ref.tell.note("a");
    await until(() => open.system.books().processing === 1);

    ref.kill();

    assert.equal(open.system.books().deadLetters, 1);
    assert.equal(open.system.deadLetters.recent()[0]?.messageType, "note");
  });

  it("does not wait for an onStart that is under way", async () => {
    await using open = openSystem();
    const slow = defineActor("slow", {
      onStart: forever,
      handlers: { note: (_c, text: string) => text },
    });
    const ref = open.system.spawn(slow);
    const ready = codeOf(ref.whenReady());
    const asked = codeOf(ref.ask.note("a"));
    await settleTurns();

    ref.kill();

    assert.deepEqual(await Promise.all([ready, asked]), ["ERR_ACTOR_KILLED", "ERR_ACTOR_KILLED"]);
    assert.equal(await ref.whenStopped(), "killed");
  });

  it("does not wait for an onStop that is under way", async () => {
    await using open = openSystem();
    const stubborn = defineActor("stubborn", {
      onStop: forever,
      handlers: { note: (_c, text: string) => text },
    });
    const ref = open.system.spawn(stubborn);
    const stopped = ref.stop();
    await settleTurns();

    ref.kill();
    await stopped;

    assert.equal(await ref.whenStopped(), "killed");
  });

  it("takes the children along", async () => {
    await using open = openSystem();
    const parent = defineActor("parent", {
      handlers: { adopt: (c) => c.spawnChild(victim).id },
    });
    const ref = open.system.spawn(parent);
    await ref.ask.adopt();
    await ref.ask.adopt();

    ref.kill();

    const { started, stopped } = open.system.books();
    assert.deepEqual({ started, stopped }, { started: 3, stopped: 3 });
  });

  it("does nothing to an actor that has ended", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(defineActor("calm", { handlers: { ping: () => "pong" } }));
    await ref.stop();

    ref.kill();

    assert.equal(await ref.whenStopped(), "normal");
    assert.equal(open.system.books().stopped, 1);
  });

  it("is not in the way of a dead-letter listener that writes to the same actor", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(victim);
    const gate = new Gate();
    ref.tell.wait(gate);
    ref.tell.note("a");
    await until(() => open.system.books().processing === 1);
    let answered = false;
    open.system.deadLetters.subscribe(() => {
      if (!answered) {
        answered = true;
        ref.tell.note("b");
      }
    });

    ref.kill();

    const reasons = open.system.deadLetters.recent().map(({ args, reason }) => [args[0], reason]);
    assert.deepEqual(reasons.toSorted(), [
      ["a", "undelivered"],
      ["b", "stopped"],
    ]);
  });
});

describe("a handler that kills its own actor", () => {
  it("ends it, and the ask being handled is rejected", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(victim);
    const asked = codeOf(ref.ask.die());
    const queued = codeOf(ref.ask.note("a"));

    const reason = await ref.whenStopped();

    assert.equal(reason, "killed");
    assert.deepEqual(await Promise.all([asked, queued]), ["ERR_ACTOR_KILLED", "ERR_ACTOR_KILLED"]);
  });

  it("may reject afterwards: it is not reported, not even to the process", async (t) => {
    await using open = openSystem();
    const unhandled = t.mock.fn();
    process.once("unhandledRejection", unhandled);
    const ref = open.system.spawn(victim);

    ref.tell.dieLate();
    await ref.whenStopped();
    await settleTurns();

    process.off("unhandledRejection", unhandled);
    assert.equal(unhandled.mock.callCount(), 0);
  });
});
