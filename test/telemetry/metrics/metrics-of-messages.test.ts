import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attributes } from "@opentelemetry/api";
import { defineActor } from "../../../src/index.ts";
import { type InMemoryTelemetry, ManualClock } from "../../../src/testing.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { until } from "../../_support/telemetry-until.ts";

/** The points of `name` that are not zero, in an order that does not depend on anything. */
async function counts(telemetry: InMemoryTelemetry, name: string): Promise<[Attributes, number][]> {
  const points = await telemetry.points(name);
  const found = points.map(({ attributes, value }): [Attributes, number] => [
    attributes,
    typeof value === "number" ? value : value.count,
  ]);
  return found
    .filter(([, value]) => value !== 0)
    .toSorted(([a], [b]) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

const series = (message: string, kind: string): Attributes => ({
  "actor.type": "worker",
  "actor.message.type": message,
  "actor.message.kind": kind,
});

const worker = defineActor("worker", {
  restart: { maxRestarts: 100 },
  handlers: {
    sync: () => 1,
    async later() {
      await Promise.resolve();
    },
    fail() {
      throw new RangeError("no");
    },
    arm(c) {
      c.after("alarm", 10, () => {});
    },
    endless: () => new Promise(() => {}),
  },
});

describe("the message metrics", () => {
  it("count what was sent and handled, by message, kind and outcome", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const { telemetry } = kit;
    const ref = kit.system.spawn(worker);

    await ref.ask.sync();
    await ref.ask.later();
    ref.tell.sync();
    ref.tell.sync();
    await assert.rejects(ref.ask.fail(), RangeError);
    await ref.ask.arm();
    await clock.advance(10);

    assert.deepEqual(await counts(telemetry, "actor.message.sent"), [
      [series("alarm", "timer"), 1],
      [series("arm", "ask"), 1],
      [series("fail", "ask"), 1],
      [series("later", "ask"), 1],
      [series("sync", "ask"), 1],
      [series("sync", "tell"), 2],
    ]);
    assert.deepEqual(await counts(telemetry, "actor.message.handled"), [
      [{ ...series("alarm", "timer"), "actor.outcome": "ok" }, 1],
      [{ ...series("arm", "ask"), "actor.outcome": "ok" }, 1],
      [{ ...series("fail", "ask"), "actor.outcome": "error" }, 1],
      [{ ...series("later", "ask"), "actor.outcome": "ok" }, 1],
      [{ ...series("sync", "ask"), "actor.outcome": "ok" }, 1],
      [{ ...series("sync", "tell"), "actor.outcome": "ok" }, 2],
    ]);
  });

  it("time the wait of every message and the run of every handler", async () => {
    await using kit = startKit();
    const { telemetry } = kit;
    const ref = kit.system.spawn(worker);

    await ref.ask.sync();
    await ref.ask.later();
    await assert.rejects(ref.ask.fail(), RangeError);

    assert.deepEqual(await counts(telemetry, "actor.message.wait.duration"), [
      [series("fail", "ask"), 1],
      [series("later", "ask"), 1],
      [series("sync", "ask"), 1],
    ]);
    assert.deepEqual(await counts(telemetry, "actor.message.process.duration"), [
      [{ ...series("fail", "ask"), "error.type": "RangeError" }, 1],
      [series("later", "ask"), 1],
      [series("sync", "ask"), 1],
    ]);
  });

  it("count the handler that a kill cut short", async () => {
    await using kit = startKit();
    const { telemetry } = kit;
    const ref = kit.system.spawn(worker);
    ref.tell.endless();
    await until(() => kit.system.books().processing === 1, "the handler");

    ref.kill();

    assert.deepEqual(await counts(telemetry, "actor.message.handled"), [
      [{ ...series("endless", "tell"), "actor.outcome": "killed" }, 1],
    ]);
    assert.deepEqual(await counts(telemetry, "actor.message.process.duration"), [
      [{ ...series("endless", "tell"), "error.type": "ERR_ACTOR_KILLED" }, 1],
    ]);
    assert.equal(await telemetry.value("actor.message.process.active"), 0);
  });

  it("measure wait and run in seconds", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = defineActor("slow", {
      handlers: { first: () => gates[0]?.promise, second: () => gates[1]?.promise },
    });
    const ref = kit.system.spawn(slow);

    ref.tell.first();
    ref.tell.second();
    await clock.advance(250);
    gates[0]?.resolve();
    await clock.advance(2_000);
    gates[1]?.resolve();
    await ref.stop();

    const sum = async (name: string, message: string): Promise<number> => {
      for (const { attributes, value } of await kit.telemetry.points(name)) {
        if (attributes["actor.message.type"] !== message) continue;
        assert.ok(typeof value !== "number");
        return value.sum ?? 0;
      }
      return 0;
    };
    assert.equal(await sum("actor.message.process.duration", "first"), 0.25);
    assert.equal(await sum("actor.message.wait.duration", "second"), 0.25);
    assert.equal(await sum("actor.message.process.duration", "second"), 2);
  });

  it("stay exact although of 10,000 quick messages only some are timed", async () => {
    await using kit = startKit();
    const { telemetry } = kit;
    const ref = kit.system.spawn(worker);

    for (let sent = 0; sent < 10_000; sent += 1) ref.tell.sync();
    await until(() => kit.system.books().handled === 10_000, "all messages");

    const key = series("sync", "tell");
    for (const name of ["sent", "handled", "wait.duration", "process.duration"]) {
      assert.equal(await telemetry.value(`actor.message.${name}`, key), 10_000, name);
    }
    const [point] = await telemetry.points("actor.message.wait.duration");
    assert.ok(point !== undefined && typeof point.value !== "number");
    const inBuckets = point.value.buckets.counts.reduce((sum, count) => sum + count, 0);
    assert.equal(inBuckets, 10_000);
  });

  it("stay exact however reading and sending interleave", async () => {
    await using kit = startKit();
    const { telemetry } = kit;
    const ref = kit.system.spawn(worker);
    let sent = 0;

    for (const batch of [1, 70, 333, 2, 64]) {
      for (let message = 0; message < batch; message += 1) ref.tell.sync();
      sent += batch;
      await until(() => kit.system.books().handled === sent, "the batch");
      for (const name of ["wait", "process"]) {
        assert.equal(await telemetry.value(`actor.message.${name}.duration`), sent, name);
      }
    }
  });

  it("are all there without timing when a system has `metrics: false`", async () => {
    await using kit = startKit({ metrics: false });
    const ref = kit.system.spawn(worker);

    await ref.ask.sync();
    ref.tell.sync();
    await ref.stop();

    assert.equal(kit.system.books().handled, 2);
    assert.deepEqual(await kit.telemetry.points("actor.message.sent"), []);
    assert.deepEqual(await kit.telemetry.points("actor.message.wait.duration"), []);
  });
});

describe("actor.ask.duration", () => {
  it("counts every ask, with the error of those that failed", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const ref = kit.system.spawn(worker);
    const abort = new AbortController();

    await ref.ask.sync();
    await ref.ask.later();
    await assert.rejects(ref.ask.fail(), RangeError);
    const timedOut = assert.rejects(ref.with({ timeoutMs: 40 }).ask.endless(), {
      code: "ERR_ASK_TIMEOUT",
    });
    await clock.advance(60);
    await timedOut;
    const aborted = assert.rejects(ref.with({ signal: abort.signal }).ask.sync(), {
      code: "ERR_ABORTED",
    });
    abort.abort();
    await aborted;
    ref.kill();
    await assert.rejects(ref.ask.sync(), { code: "ERR_ACTOR_KILLED" });

    const type = { "actor.type": "worker" };
    assert.deepEqual(await counts(kit.telemetry, "actor.ask.duration"), [
      [{ ...type, "error.type": "ERR_ABORTED" }, 1],
      [{ ...type, "error.type": "ERR_ACTOR_KILLED" }, 1],
      [{ ...type, "error.type": "ERR_ASK_TIMEOUT" }, 1],
      [{ ...type, "error.type": "RangeError" }, 1],
      [type, 2],
    ]);
  });

  it("stays exact although of thousands of quick asks only some are timed", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(worker);

    for (const total of [3_000, 6_000]) {
      await Promise.all(Array.from({ length: 3_000 }, () => ref.ask.sync()));
      assert.equal(await kit.telemetry.value("actor.ask.duration"), total);
    }
  });

  it("of a time-out is the time the caller waited", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const ref = kit.system.spawn(worker);

    const asked = assert.rejects(ref.with({ timeoutMs: 1_500 }).ask.endless(), {
      code: "ERR_ASK_TIMEOUT",
    });
    await clock.advance(2_000);
    await asked;

    const [point] = await kit.telemetry.points("actor.ask.duration");
    assert.ok(point !== undefined && typeof point.value !== "number");
    assert.ok((point.value.sum ?? 0) >= 1.5 && (point.value.sum ?? 0) < 1.6);
    ref.kill();
  });
});

describe("actor.dead_letters", () => {
  it("counts lost messages by message and reason", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const { system, telemetry } = kit;
    const selfish = defineActor("worker", {
      handlers: {
        async ask(c) {
          await c.self.ask["ask"]?.();
        },
      },
    });
    const ref = system.spawn(worker);

    await assert.rejects(system.spawn(selfish).ask.ask(), { code: "ERR_SELF_ASK" });
    ref.tell.endless();
    await until(() => system.books().processing === 1, "the handler");
    const abandoned = assert.rejects(ref.with({ timeoutMs: 10 }).ask.sync(), {
      code: "ERR_ASK_TIMEOUT",
    });
    await clock.advance(50);
    await abandoned;
    assert.throws(() => (ref.tell as unknown as { nope(): void }).nope(), {
      code: "ERR_UNKNOWN_MESSAGE",
    });
    ref.kill();
    ref.tell.sync();

    const letter = (message: string, reason: string): Attributes => ({
      "actor.type": "worker",
      "actor.message.type": message,
      "actor.dead_letter.reason": reason,
    });
    assert.deepEqual(await counts(telemetry, "actor.dead_letters"), [
      [letter("_OTHER", "unknown_message"), 1],
      [letter("ask", "self_ask"), 1],
      [letter("sync", "stopped"), 1],
      [letter("sync", "undelivered"), 1],
    ]);
    assert.equal(system.deadLetters.total, 4);
  });

  it("counts a queued message whose sender has stopped waiting as abandoned", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const gate = Promise.withResolvers<void>();
    const slow = defineActor("slow", { handlers: { wait: () => gate.promise, late() {} } });
    const ref = kit.system.spawn(slow);
    ref.tell.wait();

    const asked = assert.rejects(ref.with({ timeoutMs: 10 }).ask.late(), {
      code: "ERR_ASK_TIMEOUT",
    });
    await clock.advance(50);
    await asked;
    gate.resolve();
    await ref.stop();

    assert.deepEqual(await counts(kit.telemetry, "actor.dead_letters"), [
      [
        {
          "actor.type": "slow",
          "actor.message.type": "late",
          "actor.dead_letter.reason": "abandoned",
        },
        1,
      ],
    ]);
  });
});

describe("the task metrics", () => {
  it("show what runs by kind, and count every end with its error", async () => {
    await using kit = startKit();
    const { telemetry } = kit;
    const gates = { upload: Promise.withResolvers<void>(), scan: Promise.withResolvers<void>() };
    const tasks = defineActor("tasks", {
      handlers: {
        begin(c) {
          c.spawnTask("upload", () => gates.upload.promise);
          c.spawnTask("upload", () => gates.upload.promise);
          c.spawnTask("scan", () => gates.scan.promise);
        },
      },
    });
    const kind = (name: string): Attributes => ({ "actor.type": "tasks", "actor.task.kind": name });
    const ref = kit.system.spawn(tasks);

    await ref.ask.begin();
    assert.equal(await telemetry.value("actor.task.active", kind("upload")), 2);
    assert.equal(await telemetry.value("actor.task.active", kind("scan")), 1);
    gates.upload.resolve();
    gates.scan.reject(new TypeError("no"));
    await until(() => telemetry.logs().some(({ msg }) => msg === "actor restarted"), "the restart");

    assert.equal(await telemetry.value("actor.task.active"), 0);
    assert.deepEqual(await counts(telemetry, "actor.task.duration"), [
      [{ ...kind("scan"), "error.type": "TypeError" }, 1],
      [kind("upload"), 2],
    ]);
  });

  it("take back what a killed actor leaves running", async () => {
    await using kit = startKit();
    const stuck = defineActor("stuck", {
      handlers: { begin: (c) => void c.spawnTask("endless", () => new Promise(() => {})) },
    });
    const ref = kit.system.spawn(stuck);
    await ref.ask.begin();

    ref.kill();

    assert.equal(await kit.telemetry.value("actor.task.active"), 0);
    assert.equal(await kit.telemetry.value("actor.task.duration"), 1);
  });
});
