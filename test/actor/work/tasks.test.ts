import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor, type Task } from "../../../src/index.ts";
import { runningTasks } from "../../_support/actor-books.ts";
import { openManualSystem, openSystem, passTimeUntil } from "../../_support/actor-system.ts";
import { forever, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

type Work = (signal: AbortSignal, c: ActorContext<undefined>) => unknown;

/** Spawns what it is told to. */
const worker = defineActor("worker", {
  taskDeadlineMs: 500,
  handlers: {
    start: (c, kind: string, work: Work): Task => c.spawnTask(kind, (signal) => work(signal, c)),
    ping: () => "pong",
  },
});

/** Work that ends as soon as it is told to. */
const obedient: Work = (signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

describe("a task", () => {
  it("runs beside the handlers and is on the books until it settles", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(worker);

    const { settled } = await ref.ask.start("work", () => gate.opened);

    assert.equal(runningTasks(open.system), 1);
    assert.equal(await ref.ask.ping(), "pong");
    gate.open();
    await settled;
    assert.equal(runningTasks(open.system), 0);
  });

  it("is awaited when its actor stops", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(worker);
    await ref.ask.start("work", () => gate.opened);
    const stopped = ref.whenStopped();
    const stop = ref.stop();
    await settleTurns();
    assert.equal(open.system.books().active, 1);

    gate.open();
    await stop;

    assert.equal(await stopped, "normal");
  });

  it("is told to end after the deadline of a stop, and then awaited", async () => {
    await using open = openManualSystem();
    const aborted: unknown[] = [];
    const ref = open.system.spawn(worker);
    await ref.ask.start("work", (signal, c) => {
      c.signal.addEventListener("abort", () => aborted.push(c.signal.reason.code));
      return obedient(signal, c);
    });
    const stop = ref.stop();

    await open.clock.advance(499);
    assert.deepEqual(aborted, []);
    await open.clock.advance(1);
    await stop;

    assert.deepEqual(aborted, ["ERR_ACTOR_STOPPED"]);
    assert.equal(await open.telemetry.value("actor.failures"), 0);
  });

  it("that ignores its signal is abandoned a second later, which is logged", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(worker);
    await ref.ask.start("deaf", forever);
    const stop = ref.stop();

    await open.clock.advance(1_499);
    assert.equal(open.system.books().active, 1);
    await open.clock.advance(1);
    await stop;

    const line = open.telemetry.logs().find(({ event }) => event === "actor.task.abandoned");
    assert.partialDeepStrictEqual(line, { target_id: ref.id, kinds: ["deaf"] });
  });

  it("that was abandoned may fail later without harm", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const ref = open.system.spawn(worker);
    await ref.ask.start("deaf", () => gate.opened.then(() => assert.fail("too late")));
    await passTimeUntil(open.clock, ref.stop());

    gate.open();
    await settleTurns();

    assert.equal(await open.telemetry.value("actor.failures"), 0);
  });

  it("is told to end and forgotten when its actor is killed", async () => {
    await using open = openManualSystem();
    const signals: AbortSignal[] = [];
    const ref = open.system.spawn(worker);
    await ref.ask.start("deaf", (signal) => {
      signals.push(signal);
      return forever();
    });

    ref.kill();

    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true],
    );
    assert.equal(runningTasks(open.system), 0);
  });

  it("ends a stop that waits for it when the actor is killed, and leaves no timer", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(worker);
    ref.tell.start("deaf", forever);
    const stop = ref.stop();
    await until(() => open.clock.pendingTimers === 1);

    ref.kill();
    await stop;
    await settleTurns();

    assert.equal(open.clock.pendingTimers, 0);
    assert.ok(open.telemetry.logs().every(({ event }) => event !== "actor.task.abandoned"));
  });

  it("is told to end by `cancel()`, and has not failed when it does", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(worker);
    const task = await ref.ask.start("work", obedient);

    task.cancel();
    await task.settled;

    assert.equal(await open.telemetry.value("actor.failures"), 0);
    const duration = { "actor.task.kind": "work", "error.type": "AbortError" };
    assert.equal(await open.telemetry.value("actor.task.duration", duration), 1);
  });

  it("may outlive the handler that disposes of it only as far as its signal lets it", async () => {
    await using open = openSystem();
    const tidy = defineActor("tidy", {
      handlers: {
        async work(c) {
          using task = c.spawnTask("work", (signal) => obedient(signal, c));
          return task;
        },
      },
    });

    const { settled } = await open.system.spawn(tidy).ask.work();

    await settled;
    assert.equal(runningTasks(open.system), 0);
  });

  it("is told to end at a restart, which waits for it", async () => {
    await using open = openManualSystem();
    const log: string[] = [];
    const restless = defineActor("restless", {
      onStart: () => log.push("start"),
      handlers: {
        fail(c) {
          c.spawnTask("work", async (signal) => {
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
            log.push("task");
          });
          throw new Error("oops");
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(restless);
    ref.tell.fail();

    await ref.ask.ping();

    assert.deepEqual(log, ["start", "task", "start"]);
  });
});
