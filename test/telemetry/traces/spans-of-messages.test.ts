import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { type ActorRef, defineActor } from "../../../src/index.ts";
import { ManualClock } from "../../../src/testing.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import {
  assertChildOf,
  assertRoot,
  assertRootLinkedTo,
  inCaller,
  spanNamed,
} from "../../_support/telemetry-spans.ts";

const sink = defineActor("sink", { handlers: { take: (_c, value: number) => value } });
const linking = defineActor("linking", {
  tracing: { tell: "link" },
  handlers: { take: (_c, value: number) => value },
});

describe("an ask", () => {
  it("has a span below the caller's, and the handler has one below that", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(sink);

    await inCaller(kit.telemetry, () => ref.ask.take(1));

    const ask = spanNamed(kit.telemetry, "ask sink.take");
    const handler = spanNamed(kit.telemetry, "sink.take");
    assertChildOf(ask, spanNamed(kit.telemetry, "caller"));
    assertChildOf(handler, ask);
    assert.equal(ask.kind, SpanKind.INTERNAL);
    assert.equal(handler.kind, SpanKind.INTERNAL);
    assert.deepEqual(ask.attributes, {
      "actor.id": ref.id,
      "actor.type": "sink",
      "actor.message.type": "take",
      "actor.message.kind": "ask",
    });
  });

  it("starts a trace when its caller has none", async () => {
    await using kit = startKit();

    await kit.system.spawn(sink).ask.take(1);

    const ask = spanNamed(kit.telemetry, "ask sink.take");
    assertRoot(ask);
    assertChildOf(spanNamed(kit.telemetry, "sink.take"), ask);
  });

  it("stays a child where tells link", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(linking);

    await inCaller(kit.telemetry, () => ref.ask.take(1));

    const ask = spanNamed(kit.telemetry, "ask linking.take");
    assertChildOf(ask, spanNamed(kit.telemetry, "caller"));
    assertChildOf(spanNamed(kit.telemetry, "linking.take"), ask);
  });

  it("names its sender, and how long it waited", async () => {
    await using kit = startKit();
    const target = kit.system.spawn(sink);
    const middle = defineActor("middle", { handlers: { pass: () => target.ask.take(2) } });
    const sender = kit.system.spawn(middle);

    await sender.ask.pass();

    const ask = spanNamed(kit.telemetry, "ask sink.take");
    const handler = spanNamed(kit.telemetry, "sink.take");
    assertChildOf(ask, spanNamed(kit.telemetry, "middle.pass"));
    assert.equal(ask.attributes["actor.sender.id"], sender.id);
    assert.equal(handler.attributes["actor.sender.id"], sender.id);
    assert.equal(handler.attributes["actor.id"], target.id);
    assert.equal(typeof handler.attributes["actor.message.wait_ms"], "number");
  });

  it("marks both spans as failed when the handler throws", async () => {
    await using kit = startKit();
    const failing = defineActor("failing", {
      handlers: {
        async fail() {
          throw new RangeError("too far");
        },
      },
    });

    await assert.rejects(kit.system.spawn(failing).ask.fail(), RangeError);

    for (const name of ["ask failing.fail", "failing.fail"]) {
      const span = spanNamed(kit.telemetry, name);
      assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: "too far" }, name);
      assert.equal(span.attributes["error.type"], "RangeError", name);
      assert.equal(span.events[0]?.name, "exception", name);
    }
  });

  it("has a span that ends as failed at its time-out, while the handler's goes on", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const gate = Promise.withResolvers<void>();
    const slow = defineActor("slow", { handlers: { wait: () => gate.promise } });
    const ref = kit.system.spawn(slow);

    const asked = assert.rejects(ref.with({ timeoutMs: 50 }).ask.wait(), {
      code: "ERR_ASK_TIMEOUT",
    });
    await clock.advance(100);
    await asked;

    const ask = spanNamed(kit.telemetry, "ask slow.wait");
    assert.equal(ask.attributes["error.type"], "ERR_ASK_TIMEOUT");
    assert.equal(kit.telemetry.spansNamed("slow.wait").length, 0);
    gate.resolve();
    await ref.stop();
    assertChildOf(spanNamed(kit.telemetry, "slow.wait"), ask);
  });

  it("that cannot be answered has a failed span and no handler's", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(sink);
    await ref.stop();

    await assert.rejects(ref.ask.take(1), { code: "ERR_ACTOR_STOPPED" });

    const ask = spanNamed(kit.telemetry, "ask sink.take");
    assert.equal(ask.attributes["error.type"], "ERR_ACTOR_STOPPED");
    assert.equal(kit.telemetry.spansNamed("sink.take").length, 0);
  });
});

describe("a tell", () => {
  it("has a consumer span below its sender's", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(sink);

    inCaller(kit.telemetry, () => ref.tell.take(1));
    await ref.stop();

    const handler = spanNamed(kit.telemetry, "sink.take");
    assertChildOf(handler, spanNamed(kit.telemetry, "caller"));
    assert.equal(handler.kind, SpanKind.CONSUMER);
    assert.equal(handler.attributes["actor.message.kind"], "tell");
    assert.equal(kit.telemetry.spansNamed("ask sink.take").length, 0);
  });

  it("starts a trace when its sender has none", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(sink);

    ref.tell.take(1);
    await ref.stop();

    assertRoot(spanNamed(kit.telemetry, "sink.take"));
  });

  it('starts a trace linked to its sender\'s where the type says `tell: "link"`', async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(linking);

    inCaller(kit.telemetry, () => ref.tell.take(1));
    await ref.stop();

    const handler = spanNamed(kit.telemetry, "linking.take");
    assertRootLinkedTo(handler, spanNamed(kit.telemetry, "caller"));
    assert.equal(handler.kind, SpanKind.CONSUMER);
  });

  it("ends its span as failed when the handler throws", async () => {
    await using kit = startKit();
    const failing = defineActor("failing", {
      restart: { policy: "never" },
      handlers: {
        fail() {
          throw new RangeError("too far");
        },
      },
    });
    const ref = kit.system.spawn(failing);

    ref.tell.fail();
    await ref.whenStopped();

    const span = spanNamed(kit.telemetry, "failing.fail");
    assert.equal(span.status.code, SpanStatusCode.ERROR);
    assert.equal(span.attributes["error.type"], "RangeError");
  });

  it("to an actor that is killed meanwhile ends its span as failed", async () => {
    await using kit = startKit();
    const begun = Promise.withResolvers<void>();
    const slow = defineActor("slow", {
      handlers: {
        wait() {
          begun.resolve();
          return new Promise(() => {});
        },
      },
    });
    const ref = kit.system.spawn(slow);

    ref.tell.wait();
    await begun.promise;
    ref.kill();

    const span = spanNamed(kit.telemetry, "slow.wait");
    assert.equal(span.attributes["error.type"], "ERR_ACTOR_KILLED");
  });
});

describe("a message an actor sends itself", () => {
  const looping = defineActor("looping", {
    handlers: {
      first(c) {
        c.self.tell["second"]?.();
      },
      second() {},
    },
  });

  it("starts a trace linked to the handler that sent it", async () => {
    await using kit = startKit();
    const ref = kit.system.spawn(looping);

    await ref.ask.first();
    await ref.stop();

    const second = spanNamed(kit.telemetry, "looping.second");
    assertRootLinkedTo(second, spanNamed(kit.telemetry, "looping.first"));
    assert.equal(second.kind, SpanKind.CONSUMER);
    assert.equal(second.attributes["actor.sender.id"], ref.id);
  });

  it("from a task is linked to the task", async () => {
    await using kit = startKit();
    const worker = defineActor("worker", {
      handlers: {
        begin(c) {
          c.spawnTask("later", async () => c.self.tell["finish"]?.());
        },
        finish() {},
      },
    });
    const ref = kit.system.spawn(worker);

    await ref.ask.begin();
    await ref.stop();

    assertRootLinkedTo(
      spanNamed(kit.telemetry, "worker.finish"),
      spanNamed(kit.telemetry, "worker task later"),
    );
  });

  it("is linked, not a child, but a message to another actor of the type is a child", async () => {
    await using kit = startKit();
    const relay = defineActor("relay", {
      handlers: {
        pass(_c, next: ActorRef<{ end(c: never): void }>) {
          next.tell.end();
        },
        end() {},
      },
    });
    const [first, second] = [kit.system.spawn(relay), kit.system.spawn(relay)];

    await first.ask.pass(second);
    await second.stop();

    assertChildOf(spanNamed(kit.telemetry, "relay.end"), spanNamed(kit.telemetry, "relay.pass"));
  });
});

describe("a timer", () => {
  it("starts a trace linked to the handler that set it", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const sleeper = defineActor("sleeper", {
      handlers: {
        set(c) {
          c.after("alarm", 1_000, () => {});
        },
      },
    });
    const ref = kit.system.spawn(sleeper);

    await ref.ask.set();
    await clock.advance(1_000);

    const alarm = spanNamed(kit.telemetry, "sleeper.alarm");
    assertRootLinkedTo(alarm, spanNamed(kit.telemetry, "sleeper.set"));
    assert.equal(alarm.kind, SpanKind.CONSUMER);
    assert.equal(alarm.attributes["actor.message.kind"], "timer");
    assert.equal(alarm.attributes["actor.message.type"], "alarm");
    assert.equal(alarm.attributes["actor.id"], ref.id);
  });

  it("that repeats starts a trace each time", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const ticker = defineActor("ticker", {
      onStart(c) {
        c.every("tick", 100, () => {});
      },
      handlers: { idle() {} },
    });
    await kit.system.spawn(ticker).whenReady();

    await clock.advance(300);

    const ticks = kit.telemetry.spansNamed("ticker.tick");
    assert.equal(ticks.length, 3);
    const start = spanNamed(kit.telemetry, "ticker start");
    for (const tick of ticks) assertRootLinkedTo(tick, start);
    assert.equal(new Set(ticks.map((tick) => tick.spanContext().traceId)).size, 3);
  });
});
