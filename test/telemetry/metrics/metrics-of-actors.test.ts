import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { ManualClock } from "../../../src/testing.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { until } from "../../_support/telemetry-until.ts";

const plain = defineActor("plain", { handlers: { noop() {} } });
const stuck = defineActor("stuck", {
  mailbox: { limit: 4 },
  handlers: { wait: () => new Promise(() => {}) },
});

/** A definition whose first handler never ends before `open` is called. */
function gated() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const definition = defineActor("gated", {
    mailbox: { limit: 5 },
    handlers: { wait: () => promise },
  });
  return { definition, open: resolve };
}

describe("actor.started and actor.stopped", () => {
  it("count actors, by reason of their end", async () => {
    await using kit = startKit();
    const { system, telemetry } = kit;
    const failing = defineActor("plain", {
      restart: { policy: "never" },
      handlers: {
        fail() {
          throw new Error("no");
        },
      },
    });
    const unborn = defineActor("plain", {
      onStart() {
        throw new Error("no");
      },
      handlers: { noop() {} },
    });
    const parent = defineActor("parent", {
      onStart: (c) => void c.spawnChild(plain),
      handlers: { noop() {} },
    });

    await system.spawn(plain).stop();
    system.spawn(plain).kill();
    const failed = system.spawn(failing);
    failed.tell.fail();
    await Promise.all([failed.whenStopped(), system.spawn(unborn).whenStopped()]);
    const family = system.spawn(parent);
    await family.whenReady();
    await family.stop();
    system.spawn(plain);

    const stopped = (reason: string): Promise<number> =>
      telemetry.value("actor.stopped", { "actor.type": "plain", "actor.stop.reason": reason });
    assert.equal(await telemetry.value("actor.started", { "actor.type": "plain" }), 6);
    assert.equal(await telemetry.value("actor.started", { "actor.type": "parent" }), 1);
    for (const reason of ["normal", "killed", "failed", "start_failed", "parent_stopped"]) {
      assert.equal(await stopped(reason), 1, reason);
    }
    await system.shutdown();
    assert.equal(await stopped("shutdown"), 1);
  });

  it("are not touched by restarts", async () => {
    await using kit = startKit();
    const { system, telemetry } = kit;
    const failing = defineActor("failing", {
      handlers: {
        fail() {
          throw new RangeError("no");
        },
      },
    });
    const ref = system.spawn(failing);

    ref.tell.fail();
    await until(() => telemetry.logs().some(({ msg }) => msg === "actor restarted"), "the restart");

    assert.equal(await telemetry.value("actor.started"), 1);
    assert.equal(await telemetry.value("actor.stopped"), 0);
    const restarted = { "actor.restart.strategy": "one_for_one", "error.type": "RangeError" };
    assert.equal(await telemetry.value("actor.restarts", restarted), 1);
  });
});

describe("actor.active", () => {
  it("shows each state while it lasts, and nothing after the end", async () => {
    await using kit = startKit();
    const { system, telemetry } = kit;
    const gates = { start: Promise.withResolvers<void>(), stop: Promise.withResolvers<void>() };
    const slow = defineActor("slow", {
      onStart: () => gates.start.promise,
      onStop: () => gates.stop.promise,
      handlers: {
        fail() {
          throw new Error("no");
        },
      },
    });
    const seen = async (): Promise<Record<string, number>> => {
      const states = ["starting", "running", "restarting", "stopping"];
      const values = states.map(async (state) => {
        const attributes = { "actor.type": "slow", "actor.state": state };
        return [state, await telemetry.value("actor.active", attributes)] as const;
      });
      return Object.fromEntries((await Promise.all(values)).filter(([, value]) => value !== 0));
    };

    const ref = system.spawn(slow);
    assert.deepEqual(await seen(), { starting: 1 });
    gates.start.resolve();
    await ref.whenReady();
    assert.deepEqual(await seen(), { running: 1 });
    ref.tell.fail();
    await until(() => telemetry.logs().some(({ msg }) => msg === "actor failed"), "the failure");
    assert.deepEqual(await seen(), { restarting: 1 });
    gates.stop.resolve();
    await until(() => telemetry.logs().some(({ msg }) => msg === "actor restarted"), "the restart");
    assert.deepEqual(await seen(), { running: 1 });
    await ref.stop();
    assert.deepEqual(await seen(), {});
  });

  it("shows an actor that is stopping", async () => {
    await using kit = startKit();
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const slow = defineActor("slow", {
      onStop() {
        begun.resolve();
        return gate.promise;
      },
      handlers: { noop() {} },
    });
    const ref = kit.system.spawn(slow);
    await ref.whenReady();

    const stopped = ref.stop();
    await begun.promise;

    const stopping = { "actor.type": "slow", "actor.state": "stopping" };
    assert.equal(await kit.telemetry.value("actor.active", stopping), 1);
    assert.equal(await kit.telemetry.value("actor.active"), 1);
    gate.resolve();
    await stopped;
    assert.equal(await kit.telemetry.value("actor.active"), 0);
  });
});

describe("the mailbox gauges", () => {
  it("show depth, limit and the fullest, and return to zero", async () => {
    await using kit = startKit();
    const { system, telemetry } = kit;
    const { definition, open } = gated();
    const [one, two] = [system.spawn(definition), system.spawn(definition)];

    for (let sent = 0; sent < 4; sent += 1) one.tell.wait();
    two.tell.wait();
    two.tell.wait();
    await until(() => system.books().processing === 2, "both handlers");

    const type = { "actor.type": "gated" };
    assert.equal(await telemetry.value("actor.mailbox.depth", type), 4);
    assert.equal(await telemetry.value("actor.mailbox.limit", type), 10);
    assert.equal(await telemetry.value("actor.mailbox.max_depth", type), 3);
    assert.equal(await telemetry.value("actor.message.process.active", type), 2);
    open();
    await Promise.all([one.stop(), two.stop()]);
    for (const name of ["depth", "limit", "max_depth"]) {
      assert.equal(await telemetry.value(`actor.mailbox.${name}`, type), 0, name);
    }
    assert.equal(await telemetry.value("actor.message.process.active", type), 0);
  });

  it("show the age of the longest waiting message in seconds", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const ref = kit.system.spawn(stuck);
    ref.tell.wait();
    await until(() => kit.system.books().processing === 1, "the handler");
    ref.tell.wait();
    await clock.advance(2_000);
    ref.tell.wait();
    await clock.advance(1_500);

    const [age] = await kit.telemetry.points("actor.mailbox.oldest_message.age");

    assert.deepEqual(age?.attributes, { "actor.type": "stuck" });
    assert.equal(age?.value, 3.5);
    ref.kill();
    assert.equal(await kit.telemetry.value("actor.mailbox.oldest_message.age"), 0);
  });

  it("give a message that was not timed an age from the first reading on", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const ref = kit.system.spawn(stuck);
    // Time stands still: from the third message on, only one in many is timed.
    for (let sent = 0; sent < 3; sent += 1) ref.tell.wait();
    await until(() => kit.system.books().processing === 1, "the handler");
    ref.kill();
    const other = kit.system.spawn(stuck);
    other.tell.wait();
    await until(() => kit.system.books().processing === 1, "the handler");
    for (let sent = 0; sent < 3; sent += 1) other.tell.wait();

    await kit.telemetry.value("actor.mailbox.oldest_message.age");
    await clock.advance(1_000);

    assert.ok((await kit.telemetry.value("actor.mailbox.oldest_message.age")) >= 1);
    other.kill();
  });

  it("are there at zero for definitions a system was told of, before the first actor", async () => {
    await using kit = startKit({ actors: [plain] });

    const names = ["actor.started", "actor.active", "actor.mailbox.depth", "actor.mailbox.limit"];
    for (const name of names) {
      const points = await kit.telemetry.points(name);
      assert.ok(points.length > 0, name);
      for (const point of points) {
        assert.equal(point.value, 0, name);
        assert.equal(point.attributes["actor.type"], "plain", name);
      }
    }
  });
});

describe("actor.mailbox.rejected", () => {
  it("counts what a full mailbox refused, by error code", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(stuck);
    ref.tell.wait();
    await until(() => kit.system.books().processing === 1, "the handler");

    for (let sent = 0; sent < 4; sent += 1) ref.tell.wait();
    assert.throws(() => ref.tell.wait(), { code: "ERR_MAILBOX_FULL" });
    await assert.rejects(ref.ask.wait(), { code: "ERR_MAILBOX_FULL" });

    const points = await kit.telemetry.points("actor.mailbox.rejected");
    assert.deepEqual(
      points.map(({ attributes, value }) => ({ attributes, value })),
      [{ attributes: { "actor.type": "stuck", "error.type": "ERR_MAILBOX_FULL" }, value: 2 }],
    );
    ref.kill();
  });
});

describe("actor.failures and actor.restarts", () => {
  it("count failures by phase and error, and restarts by error", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const { system, telemetry } = kit;
    const clumsy = defineActor("clumsy", {
      restart: { maxRestarts: 100 },
      onStop() {
        throw new URIError("stop");
      },
      handlers: {
        fail() {
          throw new RangeError("handler");
        },
        task(c) {
          c.spawnTask("chore", () => {
            throw new TypeError("task");
          });
        },
        timer(c) {
          c.after("alarm", 10, () => {
            throw new SyntaxError("timer");
          });
        },
      },
    });
    const unborn = defineActor("clumsy", {
      onStart() {
        throw new EvalError("start");
      },
      handlers: { noop() {} },
    });
    const restarts = (): number =>
      telemetry.logs().filter(({ msg }) => msg === "actor restarted").length;
    const ref = system.spawn(clumsy);

    ref.tell.fail();
    await until(() => restarts() === 1, "the restart after the handler");
    ref.tell.task();
    await until(() => restarts() === 2, "the restart after the task");
    await ref.ask.timer();
    await clock.advance(10);
    await until(() => restarts() === 3, "the restart after the timer");
    await system.spawn(unborn).whenStopped();
    await ref.stop();

    const failures = await telemetry.points("actor.failures");
    const counted = failures.map(({ attributes, value }) => [
      attributes["actor.failure.phase"],
      attributes["error.type"],
      value,
    ]);
    assert.deepEqual(counted.toSorted(), [
      ["handler", "RangeError", 1],
      ["start", "EvalError", 1],
      ["stop", "URIError", 4],
      ["task", "TypeError", 1],
      ["timer", "SyntaxError", 1],
    ]);
    for (const type of ["RangeError", "TypeError", "SyntaxError"]) {
      assert.equal(await telemetry.value("actor.restarts", { "error.type": type }), 1, type);
    }
  });

  it("leave alone an ask that fails: its caller has the error", async () => {
    await using kit = startKit();
    const failing = defineActor("failing", {
      handlers: {
        fail() {
          throw new RangeError("no");
        },
      },
    });

    await assert.rejects(kit.system.spawn(failing).ask.fail(), RangeError);

    assert.equal(await kit.telemetry.value("actor.failures"), 0);
    assert.equal(await kit.telemetry.value("actor.restarts"), 0);
  });
});
