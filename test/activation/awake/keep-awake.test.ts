import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keepAwake, waitUntil } from "../../../src/activation/awake/keep-awake.ts";
import { awakeReason } from "../../../src/actor/cell/awake-reason.ts";
import type { ActorCell } from "../../../src/actor/cell/cell.ts";
import { defineActor } from "../../../src/index.ts";
import { ManualClock } from "../../../src/testing.ts";
import { startSleeper } from "../../_support/awake-kind.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { until } from "../../_support/telemetry-until.ts";

const worker = defineActor("worker", { handlers: { noop() {} } });

async function settle(cell: ActorCell): Promise<void> {
  await until(() => (cell.extrasIfAny?.tasks.size ?? 0) === 0, "the end of the tasks");
}

describe("keepAwake", () => {
  it("keeps the actor awake until the promise settles, and gives its result", async () => {
    await using kit = startKit();
    const { ref, cell } = startSleeper(kit.system, worker);
    await ref.ask.noop();
    const { promise, resolve } = Promise.withResolvers<number>();

    const kept = keepAwake(cell, promise);
    const during = awakeReason(cell);
    resolve(7);

    assert.equal(await kept, 7);
    await settle(cell);
    assert.deepEqual([during, awakeReason(cell)], ["keep_awake", "idle"]);
  });

  it("leaves a rejection to its caller: it is no failure of the actor", async () => {
    await using kit = startKit();
    const { ref, cell } = startSleeper(kit.system, worker);
    await ref.ask.noop();

    const kept = keepAwake(cell, Promise.reject(new RangeError("no")));

    await assert.rejects(kept, RangeError);
    await settle(cell);
    assert.equal(cell.isStopped, false);
    assert.ok(!kit.telemetry.logs().some(({ event }) => event === "actor.failed"));
  });

  it("counts two of the same turn as two", async () => {
    await using kit = startKit();
    const { ref, cell } = startSleeper(kit.system, worker);
    await ref.ask.noop();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

    const kept = [keepAwake(cell, first.promise), keepAwake(cell, second.promise)];
    first.resolve();
    await kept[0];
    await until(() => cell.extrasIfAny?.tasks.size === 1, "the end of the first");
    const between = awakeReason(cell);
    second.resolve();
    await kept[1];
    await settle(cell);

    assert.deepEqual([between, awakeReason(cell)], ["keep_awake", "idle"]);
  });
});

describe("waitUntil", () => {
  it("does not keep the actor awake, but its end waits for it", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const { ref, cell } = startSleeper(kit.system, worker);
    await ref.ask.noop();
    const { promise, resolve } = Promise.withResolvers<void>();
    waitUntil(cell, promise);

    const during = awakeReason(cell);
    const stopped = ref.stop();
    await clock.advance(1_000);
    const before = cell.isStopped;
    resolve();
    await stopped;

    assert.deepEqual([during, before, cell.isStopped], ["idle", false, true]);
  });

  it("logs a rejection, which is no failure of the actor", async () => {
    await using kit = startKit();
    const { ref, cell } = startSleeper(kit.system, worker);
    await ref.ask.noop();

    waitUntil(cell, Promise.reject(new RangeError("no mail")));
    await settle(cell);

    const line = kit.telemetry.logs().find(({ event }) => event === "actor.wait_until.failed");
    assert.ok(line !== undefined);
    assert.equal((line["err"] as { message: string }).message, "no mail");
    assert.equal(line["target_id"], cell.actorId);
    assert.equal(cell.isStopped, false);
  });

  it("is given up when it takes longer than the actor's deadlines", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const { ref, cell } = startSleeper(kit.system, worker);
    await ref.ask.noop();
    waitUntil(cell, new Promise(() => {}));

    const stopped = ref.stop();
    await until(() => clock.pendingTimers > 0, "the drain");
    await clock.advance(5_000); // taskDeadlineMs
    await until(() => clock.pendingTimers > 0, "the grace after the abort");
    await clock.advance(1_000);
    await stopped;

    const line = kit.telemetry.logs().find(({ event }) => event === "actor.task.abandoned");
    assert.deepEqual(line?.["kinds"], ["wait_until"]);
  });
});

describe("thousands of promises", () => {
  it("are counted without a look at each of them after every message and end", async () => {
    await using kit = startKit();
    const { ref, cell } = startSleeper(kit.system, worker);
    const gates = Array.from({ length: 3_000 }, () => Promise.withResolvers<void>());
    for (const [at, { promise }] of gates.entries()) {
      if (at % 3 === 0) void keepAwake(cell, promise);
      else waitUntil(cell, promise);
    }
    const { tasks } = cell.ensureExtras();
    let walks = 0;
    const iterate = tasks[Symbol.iterator].bind(tasks);
    Object.defineProperty(tasks, Symbol.iterator, {
      value: () => {
        walks += 1;
        return iterate();
      },
    });

    for (let message = 0; message < 20; message += 1) await ref.ask.noop();
    assert.equal(awakeReason(cell), "keep_awake");
    for (const { resolve } of gates) resolve();
    await settle(cell);

    assert.equal(awakeReason(cell), "idle");
    assert.equal(walks, 0);
  });
});
