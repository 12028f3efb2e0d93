import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { actorsIn } from "../../_support/actor-books.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { Gate, until } from "../../_support/actor-waiting.ts";

const oops = new Error("oops");

describe("a failure beside a handler that awaits", () => {
  /** Its task fails as soon as it is told to, whatever the handler does. */
  function defineDistracted(gate: Gate, policy: "permanent" | "never") {
    return defineActor("distracted", {
      state: () => ({ failed: false }),
      restart: { policy },
      handlers: {
        async work(c, fail: Gate) {
          c.state.failed = true;
          c.spawnTask("aside", async () => {
            await fail.opened;
            throw oops;
          });
          await gate.opened;
          return "done";
        },
        failed: (c) => c.state.failed,
      },
    });
  }

  it("restarts the actor once the handler has ended, whose reply arrives", async () => {
    await using open = openSystem();
    const gates = { work: new Gate(), fail: new Gate() };
    const ref = open.system.spawn(defineDistracted(gates.work, "permanent"));
    const work = ref.ask.work(gates.fail);
    const failed = ref.ask.failed();
    gates.fail.open();
    await until(() => open.telemetry.logs().some(({ msg }) => msg === "actor failed"));
    assert.equal(actorsIn(open.system, "running"), 1);

    gates.work.open();

    assert.equal(await work, "done");
    assert.equal(await failed, false);
    assert.equal(await open.telemetry.value("actor.restarts"), 1);
  });

  it("stops the actor once the handler has ended, where the policy says so", async () => {
    await using open = openSystem();
    const gates = { work: new Gate(), fail: new Gate() };
    const ref = open.system.spawn(defineDistracted(gates.work, "never"));
    const work = ref.ask.work(gates.fail);
    gates.fail.open();
    await until(() => open.telemetry.logs().some(({ msg }) => msg === "actor failed"));
    assert.equal(open.system.books().processing, 1);

    gates.work.open();

    assert.equal(await work, "done");
    assert.equal(await ref.whenStopped(), "failed");
  });

  it("leads to one restart, however many tasks fail meanwhile", async () => {
    await using open = openSystem();
    const gates = { work: new Gate(), fail: new Gate() };
    const definition = defineActor("distracted", {
      restart: { maxRestarts: 1 },
      handlers: {
        async work(c) {
          for (let task = 0; task < 3; task += 1) c.spawnTask("aside", () => Promise.reject(oops));
          await gates.work.opened;
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(definition);
    ref.tell.work();
    const logged = (): number =>
      open.telemetry.logs().filter(({ msg }) => msg === "actor failed").length;
    await until(() => logged() === 3);

    gates.work.open();

    assert.equal(await ref.ask.ping(), "pong");
    assert.equal(await open.telemetry.value("actor.restarts"), 1);
  });

  it("waits for an onStart that is under way as well", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const log: string[] = [];
    const definition = defineActor("hasty", {
      async onStart(c) {
        log.push("begin");
        if (log.length === 1) c.spawnTask("aside", () => Promise.reject(oops));
        await gate.opened;
        log.push("end");
      },
      handlers: { ping: () => "pong" },
    });
    const ref = open.system.spawn(definition);
    await until(() => open.telemetry.logs().some(({ msg }) => msg === "actor failed"));

    gate.open();

    await ref.whenReady();
    assert.equal(await ref.ask.ping(), "pong");
    assert.deepEqual(log, ["begin", "end", "begin", "end"]);
  });
});
