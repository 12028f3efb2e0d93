import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../../src/index.ts";
import { openManualSystem, openSystem, shutDownBy } from "../../_support/actor-system.ts";
import { codeOf, forever, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

/** Does what it is told. */
const doer = defineActor("doer", {
  mailbox: { limit: 200_000 },
  handlers: {
    act: (c, act: (c: ActorContext<undefined>) => unknown) => act(c),
    count: (_c, counter: { count: number }) => {
      counter.count += 1;
    },
  },
});

describe("a shutdown", () => {
  it("handles what is queued, then stops all actors", async () => {
    await using open = openSystem();
    const reasons: string[] = [];
    const definition = defineActor("dutiful", {
      onStop: (_c, reason) => reasons.push(reason),
      handlers: { note: (_c, text: string) => text },
    });
    const asked = open.system.spawn(definition).ask.note("a");

    const report = await open.system.shutdown();

    assert.equal(await asked, "a");
    assert.deepEqual(reasons, ["shutdown"]);
    assert.partialDeepStrictEqual(report, { deadLetters: 0, killed: 0 });
  });

  it("of an empty system is done at once", async () => {
    await using open = openManualSystem();

    const report = await open.system.shutdown();

    assert.deepEqual(report, { deadLetters: 0, killed: 0, durationMs: 0 });
  });

  it("loses none of 100,000 queued messages", async () => {
    await using open = openSystem({ tracing: false });
    const counter = { count: 0 };
    const ref = open.system.spawn(doer);
    for (let message = 0; message < 100_000; message += 1) ref.tell.count(counter);

    const report = await open.system.shutdown();

    assert.equal(counter.count, 100_000);
    assert.equal(report.deadLetters, 0);
  });

  it("counts each of 100,000 queued messages when the deadline lets none through", async () => {
    await using open = openManualSystem({ shutdownDeadlineMs: 100, tracing: false });
    const counter = { count: 0 };
    const ref = open.system.spawn(doer);
    ref.tell.act(forever);
    for (let message = 0; message < 100_000; message += 1) ref.tell.count(counter);

    const report = await shutDownBy(open.clock, open.system);

    assert.equal(counter.count, 0);
    assert.partialDeepStrictEqual(report, { deadLetters: 100_000, killed: 1 });
  });

  it("lets actors in flight use each other until all is quiet", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const back = open.system.spawn(defineActor("back", { handlers: { ping: () => "pong" } }));
    const asked = open.system.spawn(doer).ask.act(async () => {
      await gate.opened;
      return back.ask.ping();
    });
    const report = open.system.shutdown();

    gate.open();

    assert.equal(await asked, "pong");
    assert.equal((await report).deadLetters, 0);
  });

  it("is one promise, however often it is asked for", async () => {
    await using open = openSystem();

    const first = open.system.shutdown();

    assert.equal(open.system.shutdown(), first);
    await first;
    assert.equal(open.system.shutdown(), first);
  });

  it("stops the youngest top-level actors first", async () => {
    await using open = openSystem();
    const log: string[] = [];
    const definition = defineActor("named", {
      state: (name: string) => name,
      onStop: (c) => log.push(c.state),
      handlers: { ping: () => "pong" },
    });
    for (const input of ["old", "young"]) open.system.spawn(definition, { input });

    await open.system.shutdown();

    assert.deepEqual(log, ["young", "old"]);
  });

  it("waits for a start in flight and leaks nothing of it", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const log: string[] = [];
    const slow = defineActor("slow", {
      onStart: () => gate.opened.then(() => log.push("start")),
      onStop: () => log.push("stop"),
      handlers: { ping: () => "pong" },
    });
    const ref = open.system.spawn(slow);
    const ready = ref.whenReady();
    const report = open.system.shutdown();
    await settleTurns();

    gate.open();
    await ready;

    assert.equal((await report).killed, 0);
    assert.deepEqual(log, ["start", "stop"]);
    assert.equal(await ref.whenStopped(), "shutdown");
  });

  it("calls timers off, so that they do not keep the system busy", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    let ticks = 0;
    const ref = open.system.spawn(doer);
    await ref.ask.act((c) => void c.every("tick", 10, () => (ticks += 1)));
    ref.tell.act(() => gate.opened);
    await until(() => open.system.books().processing === 1);
    const report = open.system.shutdown();

    await open.clock.advance(100);
    gate.open();
    await report;

    assert.equal(ticks, 0);
  });

  it("may be awaited in a handler: it ends at its deadline", async () => {
    await using open = openManualSystem({ shutdownDeadlineMs: 100 });
    const asked = codeOf(open.system.spawn(doer).ask.act((c) => c.system.shutdown()));
    await until(() => open.system.books().processing === 1);

    const report = await shutDownBy(open.clock, open.system);

    assert.equal(report.killed, 1);
    assert.equal(await asked, "ERR_ACTOR_KILLED");
  });
});

describe("after a shutdown", () => {
  it("nothing can be spawned", async () => {
    await using open = openSystem();
    await open.system.shutdown();

    assert.throws(() => open.system.spawn(doer), { code: "ERR_SYSTEM_STOPPED" });
  });

  it("nothing can be spawned from the moment it was asked for, not even by a handler", async () => {
    await using open = openSystem();
    const asked = open.system.spawn(doer).ask.act((c) => c.system.spawn(doer).id);

    const report = open.system.shutdown();

    assert.throws(() => open.system.spawn(doer), { code: "ERR_SYSTEM_STOPPED" });
    assert.equal(await codeOf(asked), "ERR_SYSTEM_STOPPED");
    await report;
  });

  it("refs are still there: asks are refused, tells are dead letters", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(doer);
    await open.system.shutdown();

    ref.tell.count({ count: 0 });
    const code = await codeOf(ref.ask.act(() => "late"));
    await ref.stop();
    ref.kill();

    assert.equal(code, "ERR_ACTOR_STOPPED");
    assert.equal(open.system.books().deadLetters, 2);
    assert.equal(await ref.whenStopped(), "shutdown");
    await ref.whenReady();
  });

  it("the process's totals remain on metrics, and all gauges are zero", async () => {
    await using open = openSystem();
    await open.system.spawn(doer).ask.act(() => "done");

    await open.system.shutdown();

    assert.equal(await open.telemetry.value("actor.started"), 1);
    assert.equal(
      await open.telemetry.value("actor.stopped", { "actor.stop.reason": "shutdown" }),
      1,
    );
    assert.equal(await open.telemetry.value("actor.active"), 0);
    assert.equal(await open.telemetry.value("actor.mailbox.limit"), 0);
  });
});
