import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createSystem, type Deadlock } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { ManualClock } from "../../src/testing.ts";
import { jsonLines, runProgram } from "../_support/actor-program.ts";
import { openManualSystem, passTimeUntil } from "../_support/actor-system.ts";
import { type PuppetRef, puppet } from "../_support/monitor-actors.ts";

/** Whom a handler asks, how, and how long it takes besides. */
const errand = fc.record({
  from: fc.nat({ max: 7 }),
  to: fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 3 }),
  how: fc.constantFrom("all" as const, "race" as const, "one by one" as const),
  pauseMs: fc.constantFrom(0, 50, 400, 900),
});

type Errand = typeof errand extends fc.Arbitrary<infer Value> ? Value : never;

function pause(clock: ManualClock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(resolve, ms);
  });
}

/** Asks all and waits for all, or the first, or each before the next. */
async function inTheWay(
  how: Errand["how"],
  asks: readonly (() => Promise<unknown>)[],
): Promise<void> {
  if (how === "all") await Promise.all(asks.map((ask) => ask()));
  else if (how === "race") await Promise.race(asks.map((ask) => ask()));
  else for (const ask of asks) await ask();
}

describe("the monitor under load", () => {
  it("sees no deadlock where actors only ask those above them, regardless of what they do meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(errand, { minLength: 5, maxLength: 25 }), async (errands) => {
        await using open = openManualSystem({ askTimeoutMs: 600_000 });
        const deadlocks: Deadlock[] = [];
        open.system.monitor.on("deadlock", (deadlock) => deadlocks.push(deadlock));
        const refs = Array.from({ length: 9 }, () => open.system.spawn(puppet));
        const run = (at: number, one: Errand, depth: number): Promise<unknown> =>
          (refs[at] as PuppetRef).ask.run(async (c) => {
            await pause(open.clock, one.pauseMs);
            c.self.tell["value"]?.();
            await inTheWay(
              one.how,
              one.to.map((step) => () => {
                const above = Math.min(8, at + 1 + step);
                return depth > 2 || above === 8
                  ? (refs[8] as PuppetRef).ask.value()
                  : run(above, one, depth + 1);
              }),
            );
          });
        const all = Promise.all(errands.map((one) => run(one.from, one, 0)));

        await passTimeUntil(open.clock, all);
        // Those that have lost a race are still under way.
        while (open.system.books().processing > 0) await open.clock.advance(500);

        assert.deepEqual(deadlocks, []);
      }),
      { numRuns: 40 },
    );
  });

  it("finds the circle among a thousand actors that ask along chains", async () => {
    await using open = openManualSystem({ askTimeoutMs: 60_000 });
    const deadlocks: Deadlock[] = [];
    open.system.monitor.on("deadlock", (deadlock) => deadlocks.push(deadlock));
    const refs = Array.from({ length: 1_000 }, () => open.system.spawn(puppet));
    const asks = refs.map((ref, at) =>
      ref.ask.run(() => {
        const next = at === 999 ? refs[990] : refs[at + 1];
        return (next as PuppetRef).ask.value();
      }),
    );
    const settled = Promise.allSettled(asks);

    await open.clock.advance(1_000);

    assert.equal(deadlocks.length, 1);
    assert.deepEqual([deadlocks[0]?.members.length, deadlocks[0]?.blocked], [10, 990]);
    await passTimeUntil(open.clock, settled);
  });
});

describe("a monitor with nothing to see", () => {
  /** Counts the timers of all kinds. */
  class CountingClock extends ManualClock {
    scheduled = 0;

    override schedule(
      ...options: Parameters<ManualClock["schedule"]>
    ): ReturnType<ManualClock["schedule"]> {
      this.scheduled += 1;
      return super.schedule(...options);
    }
  }

  it("sets no timer in an idle system", async () => {
    const clock = new CountingClock();
    await using open = openManualSystem({ clock });
    const system = createSystem({ clock, logger: createLogger({ level: "silent" }) });
    assert.equal(clock.scheduled, 0);
    await system.spawn(puppet).ask.value();
    await clock.advance(1_000);
    const before = clock.scheduled;

    await clock.advance(60_000);

    assert.equal(clock.scheduled, before);
    await system.spawn(puppet).ask.value();
    assert.ok(clock.scheduled > before, "and starts again with the next message");
    await Promise.all([system.shutdown(), clock.advance(1_000)]);
    await open.system.shutdown();
  });

  it("looks at nothing by itself where it is switched off, but still takes snapshots", async () => {
    await using open = openManualSystem({ monitor: false });
    const events: unknown[] = [];
    open.system.monitor.on("stuck", (handler) => events.push(handler));
    const a = open.system.spawn(puppet);
    a.tell.run(() => new Promise(() => {}));

    await open.clock.advance(10_000);

    assert.deepEqual(events, []);
    assert.equal(open.system.monitor.snapshot().actors[0]?.busy?.messageType, "run");
    a.kill();
  });
});

describe("without OpenTelemetry's SDK", () => {
  it("a deadlock is found by the handlers that run, and the process ends by itself", async () => {
    const end = await runProgram(`
      const system = createSystem({ askTimeoutMs: 1_500 });
      system.monitor.on("deadlock", ({ kind, members }) => say({ kind, members: members.length }));
      const friend = defineActor("friend", {
        handlers: { call: (_c, other) => other.ask.answer(), answer: () => 1 },
      });
      const [a, b] = [system.spawn(friend), system.spawn(friend)];
      const asks = [a.ask.call(b), b.ask.call(a)];
      const ends = await Promise.allSettled(asks);
      say({ ends: ends.map(({ reason }) => reason?.code) });
    `);

    assert.deepEqual([end.status, end.errors], [0, ""]);
    const said = jsonLines(end).filter((line) => !Object.hasOwn(line as object, "level"));
    assert.deepEqual(said, [
      { kind: "ask", members: 2 },
      { ends: ["ERR_ASK_TIMEOUT", "ERR_ASK_TIMEOUT"] },
    ]);
  });
});
