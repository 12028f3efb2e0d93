import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ScheduleWorld } from "../../_support/schedule-world.ts";

describe("a cron schedule", () => {
  const EVERY_MINUTE = "* * * * *";
  const minute = 60_000;

  /** Due times and calls are minutes since the beginning. */
  function minutes(atMs: number): number {
    return (atMs - Date.parse("2026-01-01T00:00:00Z")) / minute;
  }

  it("happens again and again, and keeps its last ten runs", async () => {
    const world: ScheduleWorld = await ScheduleWorld.create();
    world.schedule.cron("digest", EVERY_MINUTE).digest("a");
    await world.buffer.commit();

    for (let run = 0; run < 12; run += 1) await world.pass(minute);

    assert.equal(world.calls.length, 12);
    const [schedule] = world.schedule.list();
    assert.deepEqual(schedule?.lastRun?.outcome, "ok");
    assert.equal(minutes(schedule?.dueAtMs ?? 0), 13);
    assert.equal(world.book.find("digest")?.record.runs.length, 10);
    assert.deepEqual(await world.stored(), ["d digest", "t digest"]);
  });

  it("does not drift when it runs late", async () => {
    const world: ScheduleWorld = await ScheduleWorld.create();
    world.schedule.cron("digest", EVERY_MINUTE).digest();
    await world.buffer.commit();

    await world.pass(minute + 20_000);
    const [schedule] = world.schedule.list();

    assert.equal(minutes(schedule?.dueAtMs ?? 0), 2);
  });

  it("does not overlap with itself: a handler longer than the period leaves occurrences out", async () => {
    const world: ScheduleWorld = await ScheduleWorld.create();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.handlers.set("digest", () => promise);
    world.schedule.cron("digest", EVERY_MINUTE).digest();
    await world.buffer.commit();
    await world.clock.advance(minute);
    world.book.fireDue();
    const handled = world.handle();

    await world.clock.advance(2.5 * minute);
    world.book.fire("digest");
    world.book.fireDue();
    assert.equal(world.mailbox.length, 0);
    resolve();
    await handled;

    assert.equal(minutes(world.schedule.list()[0]?.dueAtMs ?? 0), 4);
    assert.deepEqual(world.runs(), ["ok 1"]);
  });

  for (const [missed, calls, outcome] of [
    ["skip", 0, "skipped"],
    ["run_once", 1, "ok"],
  ] as const) {
    it(`with \`missed: "${missed}"\` answers three occurrences without a process with ${calls} runs`, async () => {
      const world: ScheduleWorld = await ScheduleWorld.create();
      world.schedule.cron("digest", EVERY_MINUTE, { missed }).digest();
      await world.buffer.commit();

      world.clock.jump(3.5 * minute);
      world.upMs = 1_000;
      await world.restart();
      await world.handle();
      await world.buffer.commit();

      assert.equal(world.calls.length, calls);
      const [schedule] = world.schedule.list();
      assert.equal(schedule?.lastRun?.outcome, outcome);
      assert.equal(minutes(schedule?.dueAtMs ?? 0), 4);
    });
  }

  it("that fails waits for its next occurrence", async () => {
    const world: ScheduleWorld = await ScheduleWorld.create();
    world.handlers.set("digest", () => {
      throw new Error("no digest");
    });
    world.schedule.cron("digest", EVERY_MINUTE).digest();
    await world.buffer.commit();

    for (let run = 0; run < 8; run += 1) await world.pass(minute);

    const [schedule] = world.schedule.list();
    assert.equal(schedule?.attempts, 8);
    assert.equal(minutes(schedule?.dueAtMs ?? 0), 9);
    assert.deepEqual(world.lines, []);
  });

  it("that is set again in the same way keeps its history; in another way it begins anew", async () => {
    const world: ScheduleWorld = await ScheduleWorld.create();
    world.schedule.cron("digest", EVERY_MINUTE).digest({ a: 1 });
    await world.pass(minute);

    const same = world.schedule.cron("digest", EVERY_MINUTE).digest({ a: 1 });
    assert.equal(same.lastRun?.outcome, "ok");
    assert.equal(world.buffer.size, 0);
    const others = [
      world.schedule.cron("digest", EVERY_MINUTE).digest({ a: 2 }),
      world.schedule.cron("digest", "0 * * * *").digest({ a: 2 }),
      world.schedule.cron("digest", "0 * * * *", { timeZone: "Europe/Berlin" }).digest({ a: 2 }),
      world.schedule.cron("digest", "0 * * * *", { timeZone: "Europe/Berlin" }).deliver("a"),
    ];

    assert.deepEqual(
      others.map(({ lastRun }) => lastRun),
      [undefined, undefined, undefined, undefined],
    );
  });

  it("is not run again for a day by a clock that is set back by a day", async () => {
    const world: ScheduleWorld = await ScheduleWorld.create();
    world.schedule.cron("digest", EVERY_MINUTE).digest();
    await world.pass(minute);

    world.clock.jump(-86_400_000);
    await world.pass(minute);
    await world.pass(minute);

    assert.equal(world.calls.length, 1);
    assert.equal(minutes(world.schedule.list()[0]?.dueAtMs ?? 0), 2);
  });

  it("runs once after a clock was set forward by a day", async () => {
    const world: ScheduleWorld = await ScheduleWorld.create();
    world.schedule.cron("digest", EVERY_MINUTE).digest();
    await world.buffer.commit();

    world.clock.jump(86_400_000);
    await world.pass(1_000);
    await world.pass(1_000);

    assert.equal(world.calls.length, 1);
    assert.equal(minutes(world.schedule.list()[0]?.dueAtMs ?? 0), 1_441);
  });
});
