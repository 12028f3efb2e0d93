import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AwakeGauges } from "../../../src/activation/awake/awake-gauges.ts";
import { awakeHolds } from "../../../src/activation/awake/awake-report.ts";
import { keepAwake } from "../../../src/activation/awake/keep-awake.ts";
import type { ActorCell } from "../../../src/actor/cell/cell.ts";
import { defineActor } from "../../../src/index.ts";
import { ManualClock } from "../../../src/testing.ts";
import { sleeperOf, startSleeper } from "../../_support/awake-kind.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { until } from "../../_support/telemetry-until.ts";

const worker = defineActor("worker", {
  handlers: {
    noop() {},
    wait: (_c, until: Promise<void>) => until,
    arm: (c) => void c.after("alarm", 60_000, () => {}),
    work: (c, until: Promise<void>) => void c.spawnTask("work", () => until),
  },
});

/** Gauges over `cells`; what they report, without the type and what is zero. */
function startGauges(cells: readonly ActorCell[]): () => Record<string, number> {
  const gauges = new AwakeGauges(() =>
    cells
      .filter((cell) => !cell.isStopped)
      .map((cell) => ({ cell, internalHolds: sleeperOf(cell).holds.size, commitsWaiting: 0 })),
  );
  return () =>
    Object.fromEntries(
      [...gauges.read()]
        .filter(({ value }) => value !== 0)
        .map(({ metric, attributes, value }) => {
          const { "actor.type": type, ...others } = attributes;
          assert.equal(type, "worker");
          return [[metric.name, ...Object.values(others)].join(" "), value];
        }),
    );
}

describe("the gauges of keyed actors", () => {
  it("add up over the actors of a type, and are zero when the last one has ended", async () => {
    await using kit = startKit();
    const [one, two] = [startSleeper(kit.system, worker), startSleeper(kit.system, worker)];
    await Promise.all([one.ref.ask.noop(), two.ref.ask.noop()]);
    const read = startGauges([one.cell, two.cell]);
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    void keepAwake(one.cell, first.promise);
    void keepAwake(two.cell, second.promise);
    two.holds.take("internal", "test");

    const both = read();
    first.resolve();
    await until(() => one.cell.extrasIfAny?.tasks.size === 0, "the end of the first");
    const oneLeft = read();
    await one.ref.stop();
    const stopped = read();
    two.ref.kill();
    const none = read();

    assert.deepEqual(both, {
      "actor.awake keep_awake": 2,
      "actor.keep_awake.active user": 2,
      "actor.keep_awake.active internal": 1,
    });
    assert.deepEqual(oneLeft, {
      "actor.awake keep_awake": 1,
      "actor.awake idle": 1,
      "actor.keep_awake.active user": 1,
      "actor.keep_awake.active internal": 1,
    });
    assert.deepEqual(stopped, {
      "actor.awake keep_awake": 1,
      "actor.keep_awake.active user": 1,
      "actor.keep_awake.active internal": 1,
    });
    assert.deepEqual(none, {});
  });

  it("keep series that were reported, at zero", async () => {
    await using kit = startKit();
    const { cell, ref } = startSleeper(kit.system, worker);
    const cells = [cell];
    const gauges = new AwakeGauges(() =>
      cells.map((one) => ({ cell: one, internalHolds: 0, commitsWaiting: 2 })),
    );
    const before = [...gauges.read()].map(({ key }) => key);
    await ref.stop();
    cells.length = 0;

    const after = [...gauges.read()];

    assert.deepEqual(
      after.map(({ key }) => key),
      before,
    );
    assert.ok(after.every(({ value }) => value === 0));
  });

  it("count the messages that wait, the ends that are requested, and the tasks that these wait for", async () => {
    await using kit = startKit();
    const { cell, ref } = startSleeper(kit.system, worker);
    const { promise, resolve } = Promise.withResolvers<void>();
    await ref.ask.work(promise);
    const blocked = Promise.withResolvers<void>();
    ref.tell.wait(blocked.promise);
    ref.tell.noop();
    ref.tell.noop();
    await until(() => cell.current !== undefined, "the handler");
    const read = startGauges([cell]);

    const running = read();
    const stopped = ref.stop();
    const ending = read();
    blocked.resolve();
    await until(() => cell.depth === 0 && cell.current === undefined, "the drain");
    const drained = read();
    resolve();
    await stopped;

    assert.deepEqual(running, { "actor.awake handling": 1, "actor.inbox.depth dispatch": 2 });
    assert.deepEqual(ending, {
      "actor.awake handling": 1,
      "actor.inbox.depth dispatch": 2,
      "actor.inbox.depth lifecycle": 1,
      "actor.shutdown.task.active": 1,
    });
    assert.deepEqual(drained, {
      "actor.awake hook": 1,
      "actor.inbox.depth lifecycle": 1,
      "actor.shutdown.task.active": 1,
    });
    assert.deepEqual(read(), {});
  });
});

describe("what keeps an actor awake", () => {
  it("is listed in the order of the table, with number, begin and detail", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const { cell, ref, holds } = startSleeper(kit.system, worker);
    await ref.ask.arm();
    await clock.advance(1_000);
    const { promise, resolve } = Promise.withResolvers<void>();
    await ref.ask.work(promise);
    const sinceMs = clock.epochMs();
    await clock.advance(5_000);
    holds.take("internal", "console wake");

    const listed = awakeHolds(cell, holds.list());
    resolve();
    ref.kill();

    assert.deepEqual(listed, [
      { reason: "task", count: 1, sinceMs, detail: "work" },
      { reason: "timer", count: 1, sinceMs: undefined, detail: undefined },
      { reason: "internal", count: 1, sinceMs: sinceMs + 5_000, detail: "console wake" },
    ]);
  });
});
