import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { type ActorContext, defineActor } from "../../../src/index.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import {
  assertChildOf,
  assertRoot,
  assertRootLinkedTo,
  inCaller,
  spanNamed,
} from "../../_support/telemetry-spans.ts";
import { until } from "../../_support/telemetry-until.ts";

const idle = defineActor("idle", { handlers: { noop() {} } });

describe("a task", () => {
  it("has a span below the spawning handler's, open until the task settles", async () => {
    await using kit = startKit();
    const gate = Promise.withResolvers<void>();
    const worker = defineActor("worker", {
      handlers: {
        begin(c) {
          c.spawnTask("upload", () => gate.promise);
        },
      },
    });
    const ref = kit.system.spawn(worker);

    await ref.ask.begin();

    assert.equal(kit.telemetry.spansNamed("worker task upload").length, 0);
    gate.resolve();
    await ref.stop();
    const task = spanNamed(kit.telemetry, "worker task upload");
    assertChildOf(task, spanNamed(kit.telemetry, "worker.begin"));
    assert.equal(task.kind, SpanKind.INTERNAL);
    assert.deepEqual(task.attributes, {
      "actor.id": ref.id,
      "actor.type": "worker",
      "actor.task.kind": "upload",
    });
  });

  it("spawned by a task is its child", async () => {
    await using kit = startKit();
    const nesting = defineActor("nesting", {
      handlers: {
        begin(c) {
          c.spawnTask("outer", async () => {
            await Promise.resolve();
            await c.spawnTask("inner", async () => {}).settled;
          });
        },
      },
    });
    const ref = kit.system.spawn(nesting);

    await ref.ask.begin();
    await ref.stop();

    assertChildOf(
      spanNamed(kit.telemetry, "nesting task inner"),
      spanNamed(kit.telemetry, "nesting task outer"),
    );
  });

  it("that fails ends its span as failed, and the restart links to it", async () => {
    await using kit = startKit();
    const failing = defineActor("failing", {
      handlers: {
        begin(c) {
          c.spawnTask("doomed", async () => {
            throw new TypeError("no");
          });
        },
      },
    });
    const ref = kit.system.spawn(failing);

    await ref.ask.begin();
    await until(() => kit.telemetry.spansNamed("failing restart").length === 1, "the restart");

    const task = spanNamed(kit.telemetry, "failing task doomed");
    assert.equal(task.status.code, SpanStatusCode.ERROR);
    assert.equal(task.attributes["error.type"], "TypeError");
    assertRootLinkedTo(spanNamed(kit.telemetry, "failing restart"), task);
  });

  it("of a killed actor has a span that ends with the actor", async () => {
    await using kit = startKit();
    const stuck = defineActor("stuck", {
      handlers: {
        begin(c) {
          c.spawnTask("endless", () => new Promise(() => {}));
        },
      },
    });
    const ref = kit.system.spawn(stuck);

    await ref.ask.begin();
    ref.kill();

    assertChildOf(
      spanNamed(kit.telemetry, "stuck task endless"),
      spanNamed(kit.telemetry, "stuck.begin"),
    );
  });
});

describe("a start", () => {
  it("has a short span below the spawner's", async () => {
    await using kit = startKit();

    const ref = inCaller(kit.telemetry, () => kit.system.spawn(idle));
    await ref.whenReady();

    const start = spanNamed(kit.telemetry, "idle start");
    assertChildOf(start, spanNamed(kit.telemetry, "caller"));
    assert.equal(start.kind, SpanKind.INTERNAL);
    assert.deepEqual(start.attributes, { "actor.id": ref.id, "actor.type": "idle" });
  });

  it("of a child is below the handler that spawned it", async () => {
    await using kit = startKit();
    const parent = defineActor("parent", {
      handlers: {
        grow(c) {
          c.spawnChild(idle);
        },
      },
    });

    await kit.system.spawn(parent).ask.grow();

    assertChildOf(spanNamed(kit.telemetry, "idle start"), spanNamed(kit.telemetry, "parent.grow"));
  });

  it("without a spawner's span is a root", async () => {
    await using kit = startKit();

    await kit.system.spawn(idle).whenReady();

    assertRoot(spanNamed(kit.telemetry, "idle start"));
  });

  it("lasts as long as onStart, and what onStart sends is below it", async () => {
    await using kit = startKit();
    const target = kit.system.spawn(idle);
    const gate = Promise.withResolvers<void>();
    const eager = defineActor("eager", {
      async onStart() {
        await gate.promise;
        await target.ask.noop();
      },
      handlers: { noop() {} },
    });

    const ref = kit.system.spawn(eager);
    assert.equal(kit.telemetry.spansNamed("eager start").length, 0);
    gate.resolve();
    await ref.whenReady();

    assertChildOf(
      spanNamed(kit.telemetry, "ask idle.noop"),
      spanNamed(kit.telemetry, "eager start"),
    );
  });

  it("that fails ends its span as failed", async () => {
    await using kit = startKit();
    const broken = defineActor("broken", {
      state: () => {
        throw new TypeError("no state");
      },
      handlers: { noop() {} },
    });

    await kit.system.spawn(broken).whenStopped();

    const start = spanNamed(kit.telemetry, "broken start");
    assert.equal(start.status.code, SpanStatusCode.ERROR);
    assert.equal(start.attributes["error.type"], "TypeError");
  });

  it("of an actor that is killed meanwhile ends its span all the same", async () => {
    await using kit = startKit();
    const gate = Promise.withResolvers<void>();
    const slow = defineActor("slow", { onStart: () => gate.promise, handlers: { noop() {} } });
    const ref = kit.system.spawn(slow);

    ref.kill();
    gate.resolve();
    await until(() => kit.telemetry.spansNamed("slow start").length === 1, "the start's span");

    assert.equal(spanNamed(kit.telemetry, "slow start").attributes["actor.id"], ref.id);
  });
});

describe("a stop", () => {
  it("has a short span below that of whoever asked for it", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(idle);
    await ref.whenReady();

    await inCaller(kit.telemetry, () => ref.stop());
    await until(() => kit.telemetry.spansNamed("idle stop").length === 1, "the stop's span");

    const stop = spanNamed(kit.telemetry, "idle stop");
    assertChildOf(stop, spanNamed(kit.telemetry, "caller"));
    assert.deepEqual(stop.attributes, {
      "actor.id": ref.id,
      "actor.type": "idle",
      "actor.stop.reason": "normal",
    });
  });

  it("of children is below the parent's, and what onStop sends as well", async () => {
    await using kit = startKit();
    const target = kit.system.spawn(defineActor("target", { handlers: { bye() {} } }));
    const parent = defineActor("parent", {
      onStart(c) {
        c.spawnChild(idle);
      },
      async onStop() {
        await target.ask.bye();
      },
      handlers: { noop() {} },
    });
    const ref = kit.system.spawn(parent);
    await ref.whenReady();

    await ref.stop();
    await until(() => kit.telemetry.spansNamed("parent stop").length === 1, "the stop's span");

    const stop = spanNamed(kit.telemetry, "parent stop");
    assertChildOf(spanNamed(kit.telemetry, "idle stop"), stop);
    assertChildOf(spanNamed(kit.telemetry, "ask target.bye"), stop);
  });

  it("whose onStop throws ends its span as failed", async () => {
    await using kit = startKit();
    const clumsy = defineActor("clumsy", {
      onStop() {
        throw new TypeError("slipped");
      },
      handlers: { noop() {} },
    });
    const ref = kit.system.spawn(clumsy);
    await ref.whenReady();

    await ref.stop();
    await until(() => kit.telemetry.spansNamed("clumsy stop").length === 1, "the stop's span");

    const stop = spanNamed(kit.telemetry, "clumsy stop");
    assert.equal(stop.attributes["error.type"], "TypeError");
  });
});

describe("a restart", () => {
  const fragile = defineActor("fragile", {
    state: () => ({ restarted: false }),
    onStop: () => {},
    onStart: () => {},
    handlers: {
      fail() {
        throw new RangeError("too far");
      },
    },
  });

  it("has a short span in a trace of its own, linked to the failing handler", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(fragile);

    inCaller(kit.telemetry, () => ref.tell.fail());
    await until(() => kit.telemetry.spansNamed("fragile restart").length === 1, "the restart");

    const restart = spanNamed(kit.telemetry, "fragile restart");
    const failed = spanNamed(kit.telemetry, "fragile.fail");
    assertChildOf(failed, spanNamed(kit.telemetry, "caller"));
    assertRootLinkedTo(restart, failed);
    assert.deepEqual(restart.attributes, { "actor.id": ref.id, "actor.type": "fragile" });
  });

  it("links to the handler as well where that awaited before it failed", async () => {
    await using kit = startKit();
    const late = defineActor("late", {
      handlers: {
        async fail() {
          await Promise.resolve();
          throw new RangeError("too far");
        },
      },
    });

    kit.system.spawn(late).tell.fail();
    await until(() => kit.telemetry.spansNamed("late restart").length === 1, "the restart");

    assertRootLinkedTo(
      spanNamed(kit.telemetry, "late restart"),
      spanNamed(kit.telemetry, "late.fail"),
    );
  });
});

describe("every span of limelight", () => {
  it("carries actor.id and actor.type, and none lasts for an actor's whole life", async () => {
    await using kit = startKit();
    const gate = Promise.withResolvers<void>();
    const busy = defineActor("busy", {
      onStart: (c) => void c.spawnChild(idle),
      onStop() {},
      handlers: {
        fail() {
          throw new RangeError("too far");
        },
        work(c: ActorContext<undefined>) {
          c.spawnTask("chore", () => gate.promise);
          c.self.tell["note"]?.();
        },
        note() {},
      },
    });
    const ref = kit.system.spawn(busy);
    ref.tell.fail();
    await ref.ask.work();
    await until(() => kit.telemetry.spansNamed("busy.note").length === 1, "the note");

    // All but the task have ended, while both actors are still alive.
    const open = ["busy start", "busy restart", "busy.fail", "ask busy.work", "busy.work"];
    for (const name of open) spanNamed(kit.telemetry, name);
    gate.resolve();
    await kit.system.shutdown();

    for (const { name, attributes, instrumentationScope } of kit.telemetry.spans()) {
      assert.match(String(attributes["actor.id"]), /^(busy|idle)\/[\w-]+$/, name);
      assert.equal(String(attributes["actor.id"]).split("/")[0], attributes["actor.type"], name);
      assert.equal(instrumentationScope.name, "limelight", name);
      assert.match(String(instrumentationScope.schemaUrl), /^https:\/\/limelight\.dev\//, name);
    }
  });
});
