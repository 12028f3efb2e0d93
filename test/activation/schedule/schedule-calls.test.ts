import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Span } from "@opentelemetry/api";
import type { Schedules } from "../../../src/activation/definition/schedule-types.ts";
import { spanFrom, traceParentOf } from "../../../src/activation/schedule/trace-parent.ts";
import { trace } from "../../../src/telemetry/context/api.ts";
import { contextOfRequest } from "../../../src/telemetry/context/request-origin.ts";
import { ScheduleWorld } from "../../_support/schedule-world.ts";

const YEAR_10000 = Date.parse("+010000-01-01T00:00:00Z");

function invalid(message: RegExp): object {
  return { name: "UsageError", code: "ERR_INVALID_SCHEDULE", message };
}

/** What a caller without types may do. */
function untyped(world: ScheduleWorld): Schedules<unknown> & Record<string, never> {
  return world.schedule as unknown as Schedules<unknown> & Record<string, never>;
}

type Method = (...args: unknown[]) => unknown;

describe("the time of a schedule", () => {
  it("is now if it has passed", async () => {
    const world = await ScheduleWorld.create();
    const now = world.clock.epochMs();

    const ids = [
      world.schedule.at(now - 86_400_000).deliver("a"),
      world.schedule.at(new Date(0)).deliver("b"),
      world.schedule.at(-1e15).deliver("c"),
      world.schedule.after(0).deliver("d"),
    ];

    assert.deepEqual(
      ids.map(({ dueAtMs }) => dueAtMs),
      [now, now, now, now],
    );
  });

  it("may be in the year 10000, and is a whole millisecond", async () => {
    const world = await ScheduleWorld.create();

    const far = world.schedule.at(new Date(YEAR_10000)).deliver("a");
    const fraction = world.schedule.after(0.5).deliver("b");

    assert.equal(far.dueAtMs, YEAR_10000);
    assert.equal(fraction.dueAtMs, world.clock.epochMs() + 1);
    await world.buffer.commit();
    await world.restart();
    assert.equal(world.schedule.list().at(-1)?.dueAtMs, YEAR_10000);
  });

  for (const time of [
    Number.NaN,
    Infinity,
    -Infinity,
    8.64e15 + 1,
    new Date(Number.NaN),
    "2027-01-01" as unknown as number,
    undefined as unknown as number,
    null as unknown as number,
    5n as unknown as number,
  ]) {
    it(`is not ${String(time)} (${typeof time})`, async () => {
      const world = await ScheduleWorld.create();

      assert.throws(() => world.schedule.at(time), invalid(/must be a Date or milliseconds/));
    });
  }

  for (const delayMs of [Number.NaN, Infinity, -1, "5" as unknown as number, 8.64e15]) {
    it(`is not after ${String(delayMs)} ms (${typeof delayMs})`, async () => {
      const world = await ScheduleWorld.create();

      assert.throws(() => world.schedule.after(delayMs), invalid(/number of milliseconds/));
    });
  }
});

describe("setting a schedule", () => {
  it("refuses a message that the actor does not have, at once", async () => {
    const world = await ScheduleWorld.create();
    const calls = untyped(world).after(5) as unknown as Record<string, Method>;

    assert.throws(() => calls["forget"]?.(), {
      code: "ERR_UNKNOWN_MESSAGE",
      message: 'reminders/alice has no message "forget"',
    });
  });

  for (const [what, args, path] of [
    ["a date", [{ at: new Date(0) }], /digest\[0\]\.at is a Date/],
    ["a function", [() => 1], /digest\[0\] is a function/],
    ["NaN", [1, [Number.NaN]], /digest\[1\]\[0\] is NaN/],
    ["a big integer", [{ a: [{ b: 1n }] }], /digest\[0\]\.a\[0\]\.b is a bigint/],
    ["nothing", [undefined], /digest\[0\] is undefined/],
    ["more than 16 KiB", ["x".repeat(16_384)], /16388 bytes as JSON, of at most 16384/],
  ] as const) {
    it(`refuses ${what} among the arguments`, async () => {
      const world = await ScheduleWorld.create();

      assert.throws(() => world.schedule.after(5).digest(...args), invalid(path));
      assert.equal(world.schedule.list().length, 0);
    });
  }

  it("copies the arguments", async () => {
    const world = await ScheduleWorld.create();
    const argument = { a: 1 };
    world.schedule.after(0).digest(argument);

    argument.a = 2;
    await world.pass(0);

    assert.deepEqual(world.calls, [["digest", { a: 1 }]]);
  });

  for (const id of ["", "x".repeat(257), "ä".repeat(129), "\ud800", 5 as unknown as string]) {
    it(`refuses the id ${JSON.stringify(id).slice(0, 20)}`, async () => {
      const world = await ScheduleWorld.create();

      assert.throws(() => world.schedule.after(5, { id }), invalid(/the id/));
      assert.throws(() => world.schedule.cron(id, "* * * * *"), invalid(/the id/));
    });
  }

  it("takes any other text as id", async () => {
    const world = await ScheduleWorld.create();
    const ids = ["a/b", "ä,~1", "__proto__", "\u0000", "😀".repeat(64)];

    for (const id of ids) world.schedule.after(5, { id }).digest();
    await world.buffer.commit();
    await world.restart();

    assert.deepEqual(
      world.schedule
        .list()
        .map(({ id }) => id)
        .toSorted(),
      ids.toSorted(),
    );
  });

  it("refuses unknown options, expressions and policies", async () => {
    const world = await ScheduleWorld.create();
    const { schedule } = world;
    const odd = { name: "x" } as object;

    assert.throws(() => schedule.after(5, odd), { code: "ERR_INVALID_OPTION" });
    assert.throws(() => schedule.cron("a", "* * * * *", odd), { code: "ERR_INVALID_OPTION" });
    assert.throws(() => schedule.cron("a", "x"), invalid(/cron expression/));
    assert.throws(
      () => schedule.cron("a", "* * * * *", { timeZone: "Mars/Base" }),
      invalid(/time zone/),
    );
    assert.throws(
      () => schedule.cron("a", "* * * * *", { missed: "never" as "skip" }),
      invalid(/`missed` must be/),
    );
  });

  it("refuses more than `maxSchedules`, but not a replacement", async () => {
    const world = new ScheduleWorld();
    world.maxSchedules = 2;
    await world.begin();
    world.schedule.after(5, { id: "a" }).digest();
    world.schedule.cron("b", "* * * * *").digest();

    assert.throws(() => world.schedule.after(5).digest(), { code: "ERR_SCHEDULE_LIMIT" });
    world.schedule.after(6, { id: "b" }).digest();
    world.schedule.cancel("a");
    world.schedule.after(5, { id: "c" }).digest();

    assert.deepEqual(
      world.schedule.list().map(({ id }) => id),
      ["c", "b"],
    );
  });

  it("is refused after the life has ended", async () => {
    const world = await ScheduleWorld.create();
    const { schedule } = world;
    await world.restart();

    for (const call of [
      () => schedule.after(5).digest(),
      () => schedule.list(),
      () => schedule.cancel("a"),
    ]) {
      assert.throws(call, { code: "ERR_LIFE_OVER" });
    }
  });
});

describe("the trace of a schedule", () => {
  const context = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

  it("is stored with it, and is still known to a later life", async () => {
    const world = await ScheduleWorld.create();
    const span = spanFrom(`00-${context.traceId}-${context.spanId}-01`);
    world.context = trace.setSpan(contextOfRequest("request-1"), span as Span);
    world.schedule.after(5, { id: "tea" }).digest();
    await world.buffer.commit();

    await world.restart();
    const { traceparent, requestId } = world.book.find("tea")?.record ?? {};
    assert.equal(requestId, "request-1");

    assert.equal(traceparent, `00-${context.traceId}-${context.spanId}-01`);
    const { traceId, spanId, traceFlags } = spanFrom(traceparent)?.spanContext() ?? {};
    assert.deepEqual({ traceId, spanId, traceFlags }, { ...context, traceFlags: 1 });
  });

  it("is absent where there is none, and where the stored text is damaged", () => {
    assert.equal(traceParentOf(undefined), undefined);
    assert.equal(spanFrom(undefined), undefined);
    assert.equal(spanFrom("00-x"), undefined);
  });
});
