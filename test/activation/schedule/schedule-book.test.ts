import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Catalogue } from "../../../src/telemetry/catalogue.ts";
import { ScheduleWorld } from "../../_support/schedule-world.ts";

describe("a schedule", () => {
  it("is stored with the commit, and announced once it is", async () => {
    const world = await ScheduleWorld.create();

    const set = world.schedule.after(5_000, { id: "tea" }).deliver("tea");
    assert.deepEqual(await world.stored(), []);
    assert.deepEqual(world.notices, []);
    await world.buffer.commit();

    assert.deepEqual(await world.stored(), ["d tea", "t tea"]);
    assert.deepEqual(world.notices, [world.clock.epochMs() + 5_000]);
    assert.deepEqual(set, {
      id: "tea",
      messageType: "deliver",
      dueAtMs: world.clock.epochMs() + 5_000,
      cron: undefined,
      attempts: 0,
      lastRun: undefined,
    });
  });

  it("is removed in the commit that stores what its handler has changed", async () => {
    const world = await ScheduleWorld.create();
    world.schedule.after(5_000, { id: "tea" }).deliver("tea");
    await world.buffer.commit();

    await world.clock.advance(5_000);
    world.book.fire("tea");
    await world.handle();
    assert.deepEqual(world.calls, [["deliver", "tea"]]);
    assert.deepEqual(await world.stored(), ["d tea", "t tea"]);
    await world.buffer.commit();

    assert.deepEqual(await world.stored(), []);
    assert.deepEqual(world.runs(), ["ok 1"]);
  });

  it("is still due when the commit was rejected", async () => {
    const world = await ScheduleWorld.create();
    world.schedule.after(0, { id: "tea" }).deliver("tea");
    await world.buffer.commit();
    world.book.fireDue();
    await world.handle();

    await world.restart();
    await world.pass(0);

    assert.deepEqual(world.calls, [
      ["deliver", "tea"],
      ["deliver", "tea"],
    ]);
    assert.deepEqual(await world.stored(), []);
  });

  it("is not set when the commit was rejected", async () => {
    const world = await ScheduleWorld.create();
    world.schedule.after(0).deliver("tea");

    await world.restart();

    assert.deepEqual(world.schedule.list(), []);
    assert.deepEqual(world.notices, []);
  });

  it("is not sent twice while it is on its way", async () => {
    const world = await ScheduleWorld.create();
    world.schedule.after(0, { id: "tea" }).deliver("tea");
    await world.buffer.commit();

    world.book.fire("tea");
    world.book.fire("tea");
    world.book.fireDue();

    assert.equal(world.mailbox.length, 1);
  });

  it("sends nothing for an id that is not there or not due", async () => {
    const world = await ScheduleWorld.create();
    world.schedule.after(1_000, { id: "tea" }).deliver("tea");

    world.book.fire("tea");
    world.book.fire("coffee");
    world.book.fire("");

    assert.equal(world.mailbox.length, 0);
  });

  it("does not run when it was cancelled while its message waited", async () => {
    const world = await ScheduleWorld.create();
    world.schedule.after(0, { id: "tea" }).deliver("tea");
    await world.buffer.commit();
    world.book.fireDue();

    assert.equal(world.schedule.cancel("tea"), true);
    await world.handle();
    await world.buffer.commit();

    assert.deepEqual(world.calls, []);
    assert.deepEqual(world.runs(), ["skipped 1"]);
    assert.deepEqual(await world.stored(), []);
    assert.equal(world.schedule.cancel("tea"), false);
  });

  it("that its own handler sets again stays, in one commit", async () => {
    const world = await ScheduleWorld.create();
    world.handlers.set("deliver", (_c, text) => {
      world.calls.push(["deliver", text]);
      world.schedule.after(1_000, { id: "next" }).digest();
    });
    world.schedule.after(0, { id: "next" }).deliver("tea");
    await world.buffer.commit();

    await world.pass(0);
    assert.deepEqual(await world.stored(), ["d next", "t next"]);
    await world.pass(1_000);

    assert.deepEqual(world.calls, [["deliver", "tea"], ["digest"]]);
    assert.deepEqual(await world.stored(), []);
  });

  it("that is replaced while it runs keeps its new time", async () => {
    const world = await ScheduleWorld.create();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.handlers.set("deliver", () => promise);
    world.schedule.after(0, { id: "next" }).deliver("tea");
    await world.buffer.commit();
    world.book.fireDue();
    const handled = world.handle();

    world.schedule.after(60_000, { id: "next" }).deliver("later");
    resolve();
    await handled;
    await world.buffer.commit();

    assert.deepEqual(
      world.schedule.list().map(({ dueAtMs }) => dueAtMs - world.clock.epochMs()),
      [60_000],
    );
    assert.deepEqual(await world.stored(), ["d next", "t next"]);
  });

  it("of a former life has no effect when its message is handled", async () => {
    const world = await ScheduleWorld.create();
    world.schedule.after(0, { id: "tea" }).deliver("tea");
    await world.buffer.commit();
    world.book.fireDue();

    await world.restart(); // sends a message of its own
    assert.equal(world.mailbox.length, 2);
    await world.handle();
    await world.buffer.commit();

    assert.deepEqual(world.calls, [["deliver", "tea"]]);
    assert.deepEqual(world.runs(), ["ok 1"]);
  });

  it("whose message is gone is removed, recorded and reported", async () => {
    const world = await ScheduleWorld.create();
    world.schedule.after(0, { id: "tea" }).deliver("tea");
    await world.buffer.commit();
    world.handlers.delete("deliver");

    await world.restart();
    await world.buffer.commit();

    assert.deepEqual(await world.stored(), []);
    assert.deepEqual(world.runs(), ["no_handler 1"]);
    assert.deepEqual(world.lines, ["warn actor.schedule.no_handler"]);
  });

  it("records how late its handler began", async () => {
    const world = await ScheduleWorld.create();
    world.schedule.after(1_000, { id: "tea" }).deliver("tea");
    await world.buffer.commit();

    await world.pass(1_250);

    const [lateness] = [...world.points.readHistograms()].filter(
      ({ metric }) => metric === Catalogue.ScheduleLateness,
    );
    assert.deepEqual([lateness?.histogram.count, lateness?.histogram.read().sum], [1, 0.25]);
  });

  it("is counted while its actor is awake", async () => {
    const world = await ScheduleWorld.create();
    const active = (): number => world.points.total(Catalogue.ScheduleActive);
    world.schedule.after(1_000, { id: "a" }).deliver("a");
    world.schedule.after(2_000, { id: "b" }).deliver("b");
    world.schedule.after(3_000, { id: "b" }).deliver("b");
    await world.buffer.commit();
    assert.equal(active(), 2);

    await world.restart();
    assert.equal(active(), 2);
    await world.pass(1_000);
    assert.equal(active(), 1);
    world.book.close();

    assert.equal(active(), 0);
  });
});

describe("a schedule whose handler throws", () => {
  /** A world with a handler that throws `failures` times, and a schedule that is due. */
  async function failing(failures: number): Promise<ScheduleWorld> {
    const world = await ScheduleWorld.create();
    let left = failures;
    world.handlers.set("deliver", (_c, text) => {
      world.calls.push([world.clock.monotonicMs() - 1_000, text]);
      left -= 1;
      if (left >= 0) throw new RangeError("no tea");
    });
    world.schedule.after(0, { id: "tea" }).deliver("tea");
    await world.buffer.commit();
    return world;
  }

  it("throws the error into the actor, too", async () => {
    const world = await failing(1);
    world.book.fireDue();

    const [error] = await world.handle();

    assert.ok(error instanceof RangeError);
  });

  it("runs again after 1, 2, 4, 8 and 16 s, and then is given up", async () => {
    const world = await failing(Infinity);

    for (let second = 0; second <= 40; second += 1) await world.pass(second === 0 ? 0 : 1_000);

    assert.deepEqual(
      world.calls.map(([atMs]) => atMs),
      [0, 1_000, 3_000, 7_000, 15_000, 31_000],
    );
    assert.deepEqual(world.lines, ["error actor.schedule.given_up"]);
    assert.deepEqual(world.runs(), ["error 6"]);
    assert.deepEqual(await world.stored(), []);
  });

  it("keeps its attempts and the class of the last error", async () => {
    const world = await failing(Infinity);
    await world.pass(0);
    await world.pass(1_000);

    const [schedule] = world.schedule.list();

    assert.equal(schedule?.attempts, 2);
    assert.deepEqual(schedule?.lastRun, {
      atMs: world.clock.epochMs(),
      outcome: "error",
      errorType: "RangeError",
    });
  });

  it("waits for its next attempt also when the failure has ended the life and what it buffered", async () => {
    const world = await failing(2);
    world.book.fireDue();
    await world.handle();

    await world.restart();
    assert.equal(world.mailbox.length, 0);
    await world.buffer.commit();
    await world.clock.advance(1_000);
    world.book.fireDue();
    await world.handle();
    await world.restart();
    await world.buffer.commit();
    assert.equal(world.schedule.list()[0]?.attempts, 2);
    await world.pass(2_000);

    assert.deepEqual(
      world.calls.map(([atMs]) => atMs),
      [0, 1_000, 3_000],
    );
    assert.deepEqual(await world.stored(), []);
  });

  it("does not wait when it was set again", async () => {
    const world = await failing(1);
    world.book.fireDue();
    await world.handle();

    world.schedule.after(10, { id: "tea" }).deliver("now");
    await world.buffer.commit();
    await world.pass(10);

    assert.deepEqual(world.calls, [
      [0, "tea"],
      [10, "now"],
    ]);
  });

  for (const [what, change] of [
    ["set it again", (world) => world.schedule.after(60_000, { id: "tea" }).deliver("later")],
    ["cancelled it", (world) => world.schedule.cancel("tea")],
  ] as const satisfies [string, (world: ScheduleWorld) => unknown][]) {
    it(`waits in the same way if the handler has ${what} before, which is lost`, async () => {
      const world = await failing(0);
      world.handlers.set("deliver", (_c, text) => {
        world.calls.push([world.clock.monotonicMs() - 1_000, text]);
        change(world);
        throw new RangeError("no tea");
      });
      world.book.fireDue();
      for (let second = 0; second <= 40; second += 1) {
        await world.handle();
        await world.restart(); // what supervision does after a failure
        await world.buffer.commit();
        await world.clock.advance(1_000);
        world.book.fireDue();
      }

      assert.deepEqual(
        world.calls.map(([atMs]) => atMs),
        [0, 1_000, 3_000, 7_000, 15_000, 31_000],
      );
      assert.deepEqual(world.lines, ["error actor.schedule.given_up"]);
      assert.deepEqual(await world.stored(), []);
    });
  }

  it("has the new time if that was stored before the failure", async () => {
    const world = await failing(0);
    world.handlers.set("deliver", () => {
      world.schedule.after(5_000, { id: "tea" }).digest("later");
      return world.buffer.commit().then(() => Promise.reject(new RangeError("no tea")));
    });
    world.book.fireDue();
    await world.handle();
    await world.restart();

    const [schedule] = world.schedule.list();

    assert.deepEqual([schedule?.messageType, schedule?.attempts], ["digest", 0]);
  });

  it("tells when it is due if its life ends before it has run", async () => {
    const world = await failing(0);
    const dueAtMs = world.clock.epochMs();
    world.schedule.after(1_000, { id: "later" }).deliver("later");
    world.book.fireDue();

    assert.equal(world.book.close(), dueAtMs);
    assert.equal(world.book.close(), undefined);
  });
});
