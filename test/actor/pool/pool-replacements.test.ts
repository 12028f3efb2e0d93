import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { defineActor } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, settleTurns, until } from "../../_support/actor-waiting.ts";

const worker = defineActor("worker", {
  restart: { policy: "never" },
  handlers: {
    who: (c) => c.id,
    leave: (c) => c.stop(),
    fail() {
      throw new Error("no");
    },
  },
});

describe("a worker of a pool", () => {
  for (const [how, end] of Object.entries({
    "was killed": (pool: Crew): void => pool.refs[0]?.kill(),
    "was stopped": (pool: Crew): void => void pool.refs[0]?.stop(),
    "stopped itself": (pool: Crew): void => pool.refs[0]?.tell.leave(),
    failed: (pool: Crew): void => pool.refs[0]?.tell.fail(),
  })) {
    it(`that ${how} is replaced, once`, async () => {
      await using open = openSystem();
      const pool = open.system.spawnPool(worker, { size: 2, name: "crew" });
      const before = pool.refs.map(({ id }) => id);

      end(pool);
      await until(() => open.system.books().started === 3);
      await settleTurns();

      const after = pool.refs.map(({ id }) => id);
      assert.equal(after.length, 2);
      assert.notEqual(after[0], before[0]);
      assert.equal(after[1], before[1]);
      assert.equal(open.system.find(worker, "crew.1")?.id, after[0]);
      assert.equal(open.system.books().started, 3);
    });
  }

  it("that ends is passed over at once", async () => {
    await using open = openSystem();
    const pool = open.system.spawnPool(worker, { size: 2 });
    const [, second] = pool.refs;

    pool.refs[0]?.kill();

    assert.equal(await pool.ask.who(), second?.id);
    assert.equal(open.system.deadLetters.total, 0);
  });

  it("that is replaced starts in a trace of its own, and the log says why", async () => {
    await using open = openSystem();
    const { telemetry } = open;
    const tracer = telemetry.tracerProvider.getTracer("test");
    const outer = tracer.startSpan("outer", {}, ROOT_CONTEXT);
    const within = trace.setSpan(ROOT_CONTEXT, outer);
    const pool = context.with(within, () => open.system.spawnPool(worker, { size: 1 }));

    context.with(within, () => pool.refs[0]?.kill());
    await until(() => telemetry.spansNamed("worker start").length === 2);
    outer.end();

    const parents = telemetry.spansNamed("worker start").map((span) => span.parentSpanContext);
    assert.deepEqual(
      parents.map((parent) => parent?.spanId),
      [outer.spanContext().spanId, undefined],
    );
    const line = telemetry.logs().find(({ event }) => event === "actor.pool.replacing");
    assert.partialDeepStrictEqual(line, { reason: "killed", pause_ms: 0 });
  });

  it("that cannot start is tried again after growing pauses, not in a hot loop", async () => {
    const startedAtMs: number[] = [];
    await using open = openManualSystem();
    const broken = defineActor("broken", {
      onStart() {
        startedAtMs.push(open.clock.monotonicMs());
        throw new Error("no database");
      },
      handlers: { noop() {} },
    });
    const pool = open.system.spawnPool(broken, { size: 1 });

    await open.clock.advance(100_000);

    const pausesMs = startedAtMs.slice(1).map((ms, index) => ms - (startedAtMs[index] as number));
    assert.deepEqual(pausesMs, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]);
    assert.equal(await codeOf(pool.ask.noop()), "ERR_ACTOR_STOPPED");
  });

  it("that never lives long is replaced after growing pauses as well", async () => {
    await using open = openManualSystem();
    const fleeting = defineActor("fleeting", {
      onStart: (c) => c.stop(),
      handlers: { noop() {} },
    });
    const pool = open.system.spawnPool(fleeting, { size: 1 });

    await open.clock.advance(1_000);

    // at once, then 100, 300 and 700 ms later
    assert.equal(open.system.books().started, 5);
    pool.kill();
  });

  it("that lived for a while is replaced at once, however many there were before", async () => {
    await using open = openManualSystem();
    const pool = open.system.spawnPool(worker, { size: 1 });

    for (let life = 0; life < 5; life += 1) {
      await open.clock.advance(1_000);
      pool.refs[0]?.kill();
      await settleTurns();
      assert.equal(pool.refs.length, 1);
    }
  });

  it("whose name was taken meanwhile comes back when it is free", async () => {
    await using open = openManualSystem();
    const { system, clock } = open;
    const pool = system.spawnPool(worker, { size: 1, name: "crew" });
    const first = pool.refs[0];
    first?.kill();
    const thief = system.spawn(worker, { name: "crew.1" });
    await settleTurns();
    assert.equal(pool.refs.length, 0);

    await thief.stop();
    await clock.advance(1_000);

    assert.equal(system.find(worker, "crew.1")?.id, pool.refs[0]?.id);
  });
});

describe("a pause before a replacement", () => {
  const broken = defineActor("broken", {
    onStart: () => assert.fail("no database"),
    handlers: { noop() {} },
  });

  it("ends with the pool", async () => {
    await using open = openManualSystem({ monitor: false });
    const pool = open.system.spawnPool(broken, { size: 3 });
    await open.clock.advance(0);
    assert.equal(open.clock.backgroundTimers, 3);

    await pool.stop();

    assert.equal(open.clock.backgroundTimers, 0);
  });

  it("ends with the shutdown", async () => {
    await using open = openManualSystem({ monitor: false });
    open.system.spawnPool(broken, { size: 3 });
    await open.clock.advance(50);

    await open.system.shutdown();

    assert.equal(open.clock.backgroundTimers, 0);
    assert.equal(open.system.books().started, 3);
  });

  for (const end of ["stop", "kill"] as const) {
    it(`ends with its parent's ${end}`, async () => {
      await using open = openManualSystem({ monitor: false });
      const parent = defineActor("parent", {
        onStart: (c) => c.spawnPool(broken, { size: 3 }),
        handlers: { noop() {} },
      });
      const ref = open.system.spawn(parent);
      await open.clock.advance(50);

      await ref[end]();

      assert.equal(open.clock.backgroundTimers, 0);
      await open.clock.advance(1_000);
      assert.equal(open.system.books().started, 4);
    });
  }
});

interface Crew {
  readonly refs: readonly {
    kill(): void;
    stop(): Promise<void>;
    readonly tell: { leave(): void; fail(): void };
  }[];
}
