import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readBooks } from "../../../src/actor/system/books.ts";
import { SystemRuntime } from "../../../src/actor/system/system-runtime.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { type ActorSystem, createSystem, defineActor } from "../../../src/index.ts";
import { exportTo } from "../../../src/telemetry/metrics/metrics-export.ts";
import { ImbalanceLog, LevelPoint } from "../../../src/telemetry/metrics/points.ts";
import { Catalogue } from "../../../src/telemetry.ts";
import { expectBooks, findImbalances, inMemoryTelemetry } from "../../../src/testing.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { until } from "../../_support/telemetry-until.ts";

const GAUGES = Object.values(Catalogue).filter(({ instrument }) => instrument === "updowncounter");

describe("a level", () => {
  it("is never negative: what would make it so is dropped, counted and reported", () => {
    const reported: string[] = [];
    const imbalances = new ImbalanceLog((metric) => reported.push(metric));
    const level = new LevelPoint({ metric: Catalogue.TaskActive, attributes: {} }, imbalances);

    level.add(2);
    level.add(-3);
    level.add(1);
    level.add(-1);

    assert.equal(level.value, 0);
    assert.equal(imbalances.total, 1);
    assert.deepEqual(reported, ["actor.task.active"]);
  });

  it("holds, regardless of what is added, and counts exactly the moves it had to cut", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 })), (deltas) => {
        const imbalances = new ImbalanceLog(() => {});
        const level = new LevelPoint({ metric: Catalogue.Active, attributes: {} }, imbalances);
        let [model, cut] = [0, 0];
        for (const delta of deltas) {
          if (model + delta < 0) cut += 1;
          model = Math.max(0, model + delta);
          level.add(delta);
          assert.equal(level.value, model);
        }
        assert.equal(imbalances.total, cut);
      }),
    );
  });
});

describe("actor.telemetry.imbalances", () => {
  it("counts an end without a beginning, which is logged and fails the audit", async () => {
    const telemetry = inMemoryTelemetry();
    const { meterProvider, logger } = telemetry;
    const runtime = new SystemRuntime({
      facade: undefined as unknown as ActorSystem,
      name: "unbalanced",
      clock: systemClock,
      logger,
      metrics: exportTo(meterProvider),
      tracing: undefined,
      askTimeoutMs: 5_000,
      shutdownDeadlineMs: 10_000,
    });
    const level = runtime.book.level(Catalogue.TaskActive, { "actor.type": "worker" });

    for (let time = 0; time < 5; time += 1) level.add(-1);

    assert.equal(await telemetry.value("actor.telemetry.imbalances"), 5);
    assert.equal(await telemetry.value("actor.task.active"), 0);
    const lines = telemetry.logs().map(({ level: lineLevel, event, metric }) => ({
      level: lineLevel,
      event,
      metric,
    }));
    const line = { level: 40, event: "telemetry.imbalance", metric: "actor.task.active" };
    assert.deepEqual(lines, [line, line, line]);
    assert.deepEqual(findImbalances(readBooks(runtime)), ["5 decrements without an increment"]);
    runtime.retireMetrics();
  });
});

/** What may happen to an actor in the course of its life. */
const STEPS = ["tell", "ask", "fail", "task", "badTask", "timer", "child", "stop", "kill"] as const;
type Step = (typeof STEPS)[number];
/** How an actor's hooks behave. */
const KINDS = ["good", "badState", "badStart", "badStop", "slowStart"] as const;
type Kind = (typeof KINDS)[number];

const child = defineActor("child", { handlers: { noop() {} } });

function define(kind: Kind) {
  return defineActor(`mortal_${kind}`, {
    restart: { maxRestarts: 2 },
    taskDeadlineMs: 0,
    state() {
      if (kind === "badState") throw new Error("state");
      return {};
    },
    async onStart() {
      if (kind === "slowStart") await new Promise((resolve) => setImmediate(resolve));
      if (kind === "badStart") throw new Error("start");
    },
    onStop() {
      if (kind === "badStop") throw new Error("stop");
    },
    handlers: {
      tell() {},
      ask: () => Promise.resolve(),
      fail() {
        throw new Error("handler");
      },
      task: (c) => void c.spawnTask("chore", () => Promise.resolve()),
      badTask: (c) =>
        void c.spawnTask("chore", () => {
          throw new Error("task");
        }),
      timer: (c) => void c.every("tick", 1_000, () => {}),
      child: (c) => void c.spawnChild(child),
    },
  });
}

function perform(ref: ReturnType<typeof spawnMortal>, step: Step): void {
  if (step === "stop") void ref.stop();
  else if (step === "kill") ref.kill();
  else if (step === "ask")
    ref.ask.ask().catch(() => {}); // its end may come first
  else ref.tell[step]();
}

function spawnMortal(system: ActorSystem, kind: Kind) {
  return system.spawn(define(kind));
}

describe("all gauges", () => {
  it("are back at zero once the last actor has ended, regardless of what happened to it", async () => {
    const life = fc.record({
      kind: fc.constantFrom(...KINDS),
      steps: fc.array(fc.constantFrom(...STEPS), { maxLength: 12 }),
      pause: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 8 }), async (lives) => {
        const telemetry = inMemoryTelemetry({ logLevel: "silent" });
        await using kit = startKit({ telemetry });
        const ended = lives.map(async ({ kind, steps, pause }) => {
          const ref = spawnMortal(kit.system, kind);
          if (pause) await Promise.resolve();
          for (const step of steps) perform(ref, step);
          await ref.stop();
        });
        await Promise.all(ended);
        await until(() => kit.system.books().active === 0, "the end of all actors");

        const { levels, imbalances } = kit.system.books();
        assert.deepEqual(levels, {});
        assert.equal(imbalances, 0);
        for (const { name } of GAUGES) {
          for (const point of await telemetry.points(name)) {
            assert.equal(point.value, 0, `${name} ${JSON.stringify(point.attributes)}`);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("of one type keep what the others of the type contribute", async () => {
    await using kit = startKit();
    const refs = Array.from({ length: 10 }, () => kit.system.spawn(child));

    for (const ref of refs.slice(0, 7)) ref.kill();

    const type = { "actor.type": "child" };
    assert.equal(await kit.telemetry.value("actor.active", type), 3);
    assert.equal(await kit.telemetry.value("actor.mailbox.limit", type), 30_000);
  });

  it("do not depend on garbage collection: a dropped actor that lives is still counted", async () => {
    const telemetry = inMemoryTelemetry();
    const system = createSystem(telemetry.systemOptions);
    for (let spawned = 0; spawned < 1_000; spawned += 1) system.spawn(child);

    assert.equal(await telemetry.value("actor.active"), 1_000);
    await system.shutdown();
    assert.equal(await telemetry.value("actor.active"), 0);
    assert.equal(await telemetry.value("actor.stopped"), 1_000);
    expectBooks(system);
  });
});
