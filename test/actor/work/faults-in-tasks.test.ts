import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor, type Task } from "../../../src/index.ts";
import { runningTasks } from "../../_support/actor-books.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, forever, Gate, until } from "../../_support/actor-waiting.ts";

type Work = (signal: AbortSignal, c: ActorContext<undefined>) => unknown;

/** Spawns what it is told to. */
const worker = defineActor("worker", {
  handlers: {
    start: (c, kind: string, work: Work): Task => c.spawnTask(kind, (signal) => work(signal, c)),
    ping: () => "pong",
  },
});

describe("a task that fails", () => {
  for (const [how, work] of [
    ["throws", () => assert.fail("oops")],
    ["rejects", () => Promise.reject(new Error("oops"))],
    ["rejects with nothing", () => Promise.reject()],
  ] as const) {
    it(`is a failure of its actor, which restarts (it ${how})`, async () => {
      await using open = openSystem();
      const ref = open.system.spawn(worker);
      const { settled } = await ref.ask.start("work", work);

      await settled;
      await ref.ask.ping();

      const phase = { "actor.failure.phase": "task" };
      assert.equal(await open.telemetry.value("actor.failures", phase), 1);
      assert.equal(await open.telemetry.value("actor.restarts"), 1);
      assert.equal(runningTasks(open.system), 0);
    });
  }

  it("by a throw lets the handler that spawned it end first", async () => {
    await using open = openSystem();
    const log: string[] = [];
    const definition = defineActor("blunt", {
      onStop: () => log.push("stop"),
      handlers: {
        async work(c) {
          c.spawnTask("work", () => assert.fail("oops"));
          log.push("handler");
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(definition);

    await ref.ask.work();
    await ref.ask.ping();

    assert.deepEqual(log, ["handler", "stop"]);
    ref.kill();
  });
});

describe("spawning a task", () => {
  it("with a bad kind fails the handler, not the books", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(worker);

    const code = await codeOf(ref.ask.start("no\nkind", () => undefined));

    assert.equal(code, "ERR_INVALID_NAME");
  });

  it("is refused once the actor has ended", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const outcome = Promise.withResolvers<unknown>();
    const late = defineActor("late", {
      handlers: {
        async work(c) {
          await gate.opened;
          outcome.resolve(
            codeOf(Promise.resolve().then(() => c.spawnTask("work", forever).settled)),
          );
        },
      },
    });
    const ref = open.system.spawn(late);
    ref.tell.work();
    await until(() => open.system.books().processing === 1);
    ref.kill();

    gate.open();

    assert.equal(await outcome.promise, "ERR_ACTOR_KILLED");
  });
});
