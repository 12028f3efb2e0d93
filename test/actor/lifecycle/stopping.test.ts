import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";

/** Writes down what it does; `act` does what it is told. */
function defineDiary(log: unknown[]) {
  return defineActor("diary", {
    onStop: (_c, reason) => log.push(`stop ${reason}`),
    handlers: {
      note: (_c, text: string) => log.push(text),
      act: (c, act: (c: ActorContext<undefined>) => unknown) => act(c),
    },
  });
}

describe("ref.stop()", () => {
  it("handles what is queued, runs onStop, then resolves", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log));
    ref.tell.note("a");
    ref.tell.note("b");

    await ref.stop();

    assert.deepEqual(log, ["a", "b", "stop normal"]);
    assert.equal(await ref.whenStopped(), "normal");
  });

  it("waits for the handler that is under way", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log));
    const acted = ref.ask.act(() => gate.opened.then(() => log.push("acted")));
    const stopped = ref.stop();

    gate.open();
    await stopped;

    assert.deepEqual(log, ["acted", "stop normal"]);
    assert.equal(await acted, 1);
  });

  it("lets an actor that is starting start first", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const log: string[] = [];
    const slow = defineActor("slow", {
      onStart: () => gate.opened.then(() => log.push("start")),
      onStop: () => log.push("stop"),
      handlers: { note: (_c, text: string) => log.push(text) },
    });
    const ref = open.system.spawn(slow);
    ref.tell.note("a");
    const stopped = ref.stop();

    gate.open();
    await stopped;

    assert.deepEqual(log, ["start", "a", "stop"]);
  });

  it("takes no more messages from then on", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log));
    const stopped = ref.stop();

    ref.tell.note("late");
    await stopped;

    assert.deepEqual(log, ["stop normal"]);
    assert.equal(open.system.deadLetters.recent()[0]?.reason, "stopped");
  });

  it("may be called many times, also when the actor has ended", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log));

    await Promise.all([ref.stop(), ref.stop()]);
    await ref.stop();

    assert.deepEqual(log, ["stop normal"]);
    assert.equal(open.system.books().stopped, 1);
  });

  it("from the actor's own handler, not awaited, lets the handler and the queue end", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log));
    ref.tell.act(async (c) => {
      void c.self.stop(); // awaiting it here would wait for this very handler
      await Promise.resolve();
      log.push("acted");
    });
    ref.tell.note("queued");

    await ref.whenStopped();

    assert.deepEqual(log, ["acted", "queued", "stop normal"]);
  });

  it("restarts a handler's actor that fails meanwhile, handles the rest, and stops", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log));
    ref.tell.act(() => assert.fail("oops"));
    ref.tell.note("after");

    await ref.stop();

    assert.deepEqual(log, ["stop restart", "after", "stop normal"]);
  });
});

describe("c.stop()", () => {
  it("ends the actor after the message being handled; the rest are dead letters", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log));
    ref.tell.act((c) => {
      c.stop();
      log.push("still here");
    });
    ref.tell.note("never");
    const asked = codeOf(ref.ask.note("never"));

    await ref.whenStopped();

    assert.deepEqual(log, ["still here", "stop normal"]);
    assert.equal(await asked, "ERR_ACTOR_STOPPED");
    assert.deepEqual(
      open.system.deadLetters.recent().map(({ reason }) => reason),
      ["undelivered", "undelivered"],
    );
  });

  it("in the middle of an async handler lets it end, and its reply arrive", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(defineDiary([]));
    const asked = ref.ask.act(async (c) => {
      await gate.opened;
      c.stop();
      await Promise.resolve();
      return "done";
    });

    gate.open();

    assert.equal(await asked, "done");
    assert.equal(await ref.whenStopped(), "normal");
  });

  it("is stronger than a stop that drains", async () => {
    await using open = openSystem();
    const log: unknown[] = [];
    const ref = open.system.spawn(defineDiary(log));
    ref.tell.act((c) => c.stop());
    ref.tell.note("never");

    await ref.stop();

    assert.deepEqual(log, ["stop normal"]);
  });

  it("from a task ends an idle actor", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(defineDiary([]));
    ref.tell.act((c) => void c.spawnTask("end", () => c.stop()));

    const reason = await ref.whenStopped();

    assert.equal(reason, "normal");
  });

  it("is no error when the actor has ended long ago", async () => {
    await using open = openSystem();
    const contexts: ActorContext<undefined>[] = [];
    const ref = open.system.spawn(defineDiary([]));
    await ref.ask.act((c) => void contexts.push(c));
    await ref.stop();

    contexts[0]?.stop();

    assert.equal(open.system.books().stopped, 1);
  });

  for (const how of ["throw", "rejection"] as const) {
    it(`followed by a ${how} ends the actor without a restart; the failure is counted`, async () => {
      await using open = openSystem();
      const log: unknown[] = [];
      const ref = open.system.spawn(defineDiary(log));
      ref.tell.act((c) => {
        c.stop();
        if (how === "rejection") return Promise.reject(new Error("oops"));
        throw new Error("oops");
      });

      const reason = await ref.whenStopped();

      assert.equal(reason, "normal");
      assert.deepEqual(log, ["stop normal"]);
      assert.equal(await open.telemetry.value("actor.restarts"), 0);
      assert.equal(await open.telemetry.value("actor.failures"), 1);
      const line = open.telemetry.logs().find(({ event }) => event === "actor.failed");
      assert.equal(line?.["directive"], "stop");
    });
  }
});

describe("ref.whenStopped() and ref.whenReady()", () => {
  it("resolve for whoever asks before and after", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(defineDiary([]));
    const before = ref.whenStopped();
    await ref.whenReady();
    await ref.stop();

    const reasons = await Promise.all([before, ref.whenStopped()]);

    assert.deepEqual(reasons, ["normal", "normal"]);
  });
});

describe("an actor that stops itself over and over", () => {
  it("leaves nothing behind, however many", async () => {
    await using open = openSystem();
    const brief = defineActor("brief", { handlers: { end: (c) => c.stop() } });
    const refs = Array.from({ length: 500 }, () => open.system.spawn(brief));

    for (const ref of refs) ref.tell.end();
    await until(() => open.system.books().active === 0);

    const { started, stopped, levels } = open.system.books();
    assert.deepEqual({ started, stopped, levels }, { started: 500, stopped: 500, levels: {} });
  });
});
