import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createHealth } from "../../src/health.ts";
import { type Clock, defineActor, type MonitoredSystem } from "../../src/index.ts";
import { ManualClock } from "../../src/testing.ts";
import { openManualSystem, openSystem } from "../_support/actor-system.ts";

const sleeper = defineActor("sleeper", {
  stuckAfterMs: 1_000,
  handlers: { sleep: (_c, until: Promise<void>) => until, nap() {} },
});

/** A system of which only the health is read. */
function fakeSystem(health: Partial<ReturnType<MonitoredSystem["health"]>>): MonitoredSystem {
  const read = {
    phase: "open",
    dispatchDelayMs: 0,
    permanentDeadlocks: 0,
    stuckHandlers: 0,
    ...health,
  };
  return { name: "fake", health: () => read, shutdown() {} } as never;
}

describe("system.health", () => {
  it("tells a system that is open, closing and closed", async () => {
    const { system } = openSystem();
    const { promise, resolve } = Promise.withResolvers<void>();
    system.spawn(sleeper).tell.sleep(promise);

    const open = system.health().phase;
    const closed = system.shutdown();
    const closing = system.health().phase;
    resolve();
    await closed;

    assert.deepEqual([open, closing, system.health().phase], ["open", "closing", "closed"]);
  });

  it("has no delay while the dispatcher runs", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(sleeper);

    open.system.health();
    await ref.ask.nap();

    assert.equal(open.system.health().dispatchDelayMs, 0);
  });

  it("measures for how long the dispatcher has not run", async () => {
    let nowMs = 0;
    const still = new ManualClock();
    const schedule = still.schedule.bind(still);
    const clock: Clock = { monotonicMs: () => nowMs, epochMs: () => nowMs, schedule };
    await using open = openSystem({ clock });

    open.system.health();
    nowMs = 70; // within one turn, in which the dispatcher cannot run
    const late = open.system.health();
    await nextTurn();

    assert.equal(late.dispatchDelayMs, 70);
    assert.equal(open.system.health().dispatchDelayMs, 0);
  });

  it("counts stuck handlers", async () => {
    await using open = openManualSystem();
    const { promise, resolve } = Promise.withResolvers<void>();
    const asleep = open.system.spawn(sleeper).ask.sleep(promise);

    await open.clock.advance(2_000);
    const { stuckHandlers } = open.system.health();
    resolve();
    await asleep;

    assert.equal(stuckHandlers, 1);
  });
});

describe("readyz", () => {
  it("fails from the beginning of a shutdown, while livez passes to its end", async () => {
    const { system } = openSystem({ name: "main" });
    const { livez, readyz } = createHealth({ systems: [system] });
    const { promise, resolve } = Promise.withResolvers<void>();
    system.spawn(sleeper).tell.sleep(promise);
    assert.equal((await readyz()).status, 200);

    const closed = system.shutdown();
    const ready = await readyz();
    const alive = await livez();
    resolve();
    await closed;

    assert.equal(ready.status, 503);
    assert.deepEqual(ready.body.checks["system.main"], {
      status: "failed",
      code: "ERR_SYSTEM_STOPPED",
    });
    assert.equal(alive.status, 200);
    assert.equal((await livez()).status, 200);
  });

  it("fails after drain(), before any system closes", async () => {
    const { drain, livez, readyz } = createHealth();

    drain();

    const { status, body } = await readyz();
    assert.equal(status, 503);
    assert.deepEqual(body.checks, { drain: { status: "failed", code: "ERR_DRAINING" } });
    assert.equal((await livez()).status, 200);
  });

  it("is degraded, not failed, by permanent deadlocks and stuck handlers", async () => {
    for (const [health, code] of [
      [{ permanentDeadlocks: 1 }, "ERR_DEADLOCK"],
      [{ stuckHandlers: 2 }, "ERR_STUCK_HANDLER"],
    ] as const) {
      const { readyz } = createHealth({ systems: [fakeSystem(health)] });

      const { status, body } = await readyz();

      assert.equal(status, 200);
      assert.equal(body.status, "degraded");
      assert.equal(body.checks["system.fake"]?.code, code);
    }
  });

  it("names the checks of systems of one name apart", async () => {
    const { readyz } = createHealth({ systems: [fakeSystem({}), fakeSystem({})] });

    const { checks } = (await readyz()).body;

    assert.deepEqual(Object.keys(checks), ["drain", "system.fake", "system.fake.2"]);
  });
});

describe("livez", () => {
  it("passes under deadlocks and stuck handlers, and tells how late the event loop is", async () => {
    const system = fakeSystem({ permanentDeadlocks: 1, stuckHandlers: 1 });
    const { livez } = createHealth({ systems: [system], clock: new ManualClock() });

    const { status, body } = await livez();

    assert.equal(status, 200);
    assert.deepEqual(body.checks["event-loop"], { status: "ok", delayMs: 0 });
  });

  it("fails when a dispatcher has not run for stalledAfterMs", async () => {
    const { livez } = createHealth({ systems: [fakeSystem({ dispatchDelayMs: 30_000 })] });

    const { status, body } = await livez();

    assert.equal(status, 503);
    assert.equal(body.checks["system.fake"]?.code, "ERR_DISPATCH_STALLED");
  });
});
