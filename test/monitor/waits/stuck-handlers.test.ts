import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  defineActor,
  type MonitoredSystem,
  type StuckHandler,
  snapshot,
} from "../../../src/index.ts";
import { ManualClock } from "../../../src/testing.ts";
import { openManualSystem, openSystem, shutDownBy } from "../../_support/actor-system.ts";
import { codeOf, forever, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { puppet } from "../../_support/monitor-actors.ts";
import { BlockingClock } from "../../_support/monitor-clock.ts";

function record(system: MonitoredSystem): { stuck: StuckHandler[]; unstuck: StuckHandler[] } {
  const seen = { stuck: [] as StuckHandler[], unstuck: [] as StuckHandler[] };
  system.monitor.on("stuck", (handler) => seen.stuck.push(handler));
  system.monitor.on("unstuck", (handler) => seen.unstuck.push(handler));
  return seen;
}

const hasty = defineActor("hasty", {
  stuckAfterMs: 300,
  handlers: { wait: (_c, gate: Promise<unknown>) => gate },
});

describe("a handler past its limit", () => {
  it("is told of once, and again when it has come to its end", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const a = open.system.spawn(hasty);
    const gate = new Gate();
    const done = a.ask.wait(gate.opened);

    await open.clock.advance(290);
    assert.equal(seen.stuck.length, 0);
    await open.clock.advance(700);

    const [handler] = seen.stuck;
    assert.deepEqual([handler?.id, handler?.type, handler?.limitMs], [a.id, "hasty", 300]);
    assert.deepEqual([handler?.busy.phase, handler?.busy.messageType], ["handler", "wait"]);
    assert.deepEqual([handler?.cause, handler?.chain], ["other_io", [a.id]]);
    const stuck = { "actor.type": "hasty" };
    assert.equal(await open.telemetry.value("actor.message.process.stuck", stuck), 1);
    assert.equal(snapshot(open.system).stuck.length, 1);
    await open.clock.advance(2_000);
    assert.equal(seen.stuck.length, 1, "told of again");

    gate.open();
    await done;
    assert.equal(await open.telemetry.value("actor.message.process.stuck", stuck), 0);
    await open.clock.advance(500);
    assert.deepEqual(
      seen.unstuck.map(({ id }) => id),
      [a.id],
    );
    assert.deepEqual(snapshot(open.system).stuck, []);
  });

  it("is a warning in the log, with cause, chain and trace", async () => {
    await using open = openManualSystem();
    const a = open.system.spawn(hasty);
    const gate = new Gate();
    const done = a.ask.wait(gate.opened);

    await open.clock.advance(1_000);

    const [line] = open.telemetry.logs().filter(({ event }) => event === "actor.handler.stuck");
    assert.deepEqual(
      [line?.["level"], line?.["cause"], line?.["target_id"]],
      [40, "other_io", a.id],
    );
    const [traceId] = snapshot(open.system).stuck.map(({ busy }) => busy.traceId);
    assert.match(String(traceId), /^[0-9a-f]{32}$/);
    assert.equal(line?.["trace_id"], traceId, "the line is in the trace of the handler");
    assert.match(
      String(line?.["detail"]),
      /the handler wait of .* awaits something other than an actor/,
    );
    gate.open();
    await done;
  });

  it("is in its own trace, not in that of whoever happened to wake the system first", async () => {
    await using open = openSystem({ tracing: false });
    open.telemetry.tracerProvider.getTracer("test").startActiveSpan("outer", (span) => {
      open.system.spawn(puppet);
      span.end();
    });
    const gate = new Gate();
    const done = open.system.spawn(hasty).ask.wait(gate.opened);

    const stuck = () => open.telemetry.logs().find(({ event }) => event === "actor.handler.stuck");
    await until(() => stuck() !== undefined); // on the machine's clock: a manual one carries no context
    const line = stuck();
    assert.deepEqual([line?.["actor_id"], line?.["trace_id"]], [undefined, undefined]);
    gate.open();
    await done;
  });

  it("names the actor at the root of the chain it waits in", async () => {
    await using open = openManualSystem({ askTimeoutMs: 60_000 });
    const seen = record(open.system);
    const [a, b, c] = [
      open.system.spawn(puppet),
      open.system.spawn(puppet),
      open.system.spawn(puppet),
    ];
    const gate = new Gate();
    const asked = a.ask.run(() => b.ask.run(() => c.ask.run(() => gate.opened)));

    await open.clock.advance(6_000);

    const handler = seen.stuck.find(({ id }) => id === a.id);
    assert.deepEqual([handler?.cause, handler?.chain], ["actor", [a.id, b.id, c.id]]);
    assert.match(
      handler?.text ?? "",
      /the handler run of .* awaits something other than an actor$/,
    );
    assert.equal(seen.stuck.find(({ id }) => id === c.id)?.cause, "other_io");
    gate.open();
    await asked;
  });

  it("knows a deadlock at the root", async () => {
    await using open = openManualSystem({ askTimeoutMs: 60_000 });
    const seen = record(open.system);
    const [a, b, behind] = [
      open.system.spawn(puppet),
      open.system.spawn(puppet),
      open.system.spawn(puppet),
    ];
    const asks = [
      codeOf(a.ask.run(() => b.ask.value())),
      codeOf(b.ask.run(() => a.ask.value())),
      codeOf(behind.ask.run(() => a.ask.value())),
    ];

    await open.clock.advance(6_000);

    assert.deepEqual(
      seen.stuck.map(({ cause }) => cause),
      ["deadlock", "deadlock", "deadlock"],
    );
    await open.clock.advance(60_000);
    await Promise.all(asks);
  });

  it("is seen where messages are not timed, too", async () => {
    await using open = openManualSystem({ metrics: false });
    const seen = record(open.system);
    const a = open.system.spawn(hasty);
    const gate = new Gate();
    const done = a.ask.wait(gate.opened);

    await open.clock.advance(1_000);

    assert.equal(seen.stuck.length, 1);
    gate.open();
    await done;
  });

  it("is forgotten at once when its actor is killed, and at the system's end", async () => {
    const open = openManualSystem();
    const seen = record(open.system);
    const [a, b] = [open.system.spawn(hasty), open.system.spawn(hasty)];
    a.tell.wait(forever());
    b.tell.wait(forever());
    await open.clock.advance(1_000);
    assert.equal(await open.telemetry.value("actor.message.process.stuck"), 2);

    a.kill();
    assert.equal(await open.telemetry.value("actor.message.process.stuck"), 1);
    await shutDownBy(open.clock, open.system);

    assert.equal(await open.telemetry.value("actor.message.process.stuck"), 0);
    assert.deepEqual(new Set(seen.unstuck.map(({ id }) => id)), new Set([a.id, b.id]));
  });
});

describe("a hook past its limit", () => {
  it("is told of like a handler, when it starts and when it stops", async () => {
    await using open = openManualSystem();
    const seen = record(open.system);
    const gates = { start: new Gate(), stop: new Gate() };
    const slow = defineActor("slow", {
      stuckAfterMs: 300,
      onStart: () => gates.start.opened,
      onStop: () => gates.stop.opened,
      handlers: { go: () => 1 },
    });
    const a = open.system.spawn(slow);
    await open.clock.advance(1_000);
    gates.start.open();
    await a.whenReady();
    const stopped = a.stop();
    await open.clock.advance(1_000);
    gates.stop.open();
    await stopped;

    assert.deepEqual(
      seen.stuck.map(({ busy, cause }) => [busy.phase, busy.messageType, cause]),
      [
        ["start", null, "other_io"],
        ["stop", null, "other_io"],
      ],
    );
  });
});

describe("an event loop that is blocked", () => {
  it("is the cause of handlers that are late, and says which handler did it", async () => {
    const clock = new BlockingClock(new ManualClock());
    await using open = openSystem({ clock });
    const seen = record(open.system);
    const [a, greedy] = [open.system.spawn(hasty), open.system.spawn(puppet)];
    const gate = new Gate();
    const done = a.ask.wait(gate.opened);
    await settleTurns();
    greedy.tell.run(() => clock.block(2_000));
    await settleTurns();

    await clock.manual.advance(1_000);

    const [handler] = seen.stuck;
    assert.deepEqual([handler?.id, handler?.cause], [a.id, "event_loop"]);
    assert.match(
      handler?.text ?? "",
      new RegExp(`^the event loop was blocked for \\d+ ms by the handler run of ${greedy.id}$`),
    );
    const { eventLoop } = snapshot(open.system);
    assert.deepEqual(
      [eventLoop.blocked?.actorId, eventLoop.blocked?.messageType],
      [greedy.id, "run"],
    );
    gate.open();
    await done;
    await shutDownBy(clock.manual, open.system);
  });

  it("knows an async handler by what it does before its first await", async () => {
    const clock = new BlockingClock(new ManualClock());
    await using open = openSystem({ clock });
    const greedy = open.system.spawn(puppet);
    const done = greedy.ask.run(async () => {
      clock.block(2_000);
      await settleTurns();
    });
    await settleTurns();

    await clock.manual.advance(1_000);
    await done;

    assert.equal(snapshot(open.system).eventLoop.blocked?.actorId, greedy.id);
    await shutDownBy(clock.manual, open.system);
  });

  it("blames no actor that it does not know of", async () => {
    const clock = new BlockingClock(new ManualClock());
    await using open = openSystem({ clock });
    const a = open.system.spawn(puppet);
    const gate = new Gate();
    const done = a.ask.run(() => gate.opened);
    await settleTurns();
    clock.block(2_000);

    await clock.manual.advance(1_000);

    const { blocked } = snapshot(open.system).eventLoop;
    assert.deepEqual([blocked?.actorId, blocked?.messageType], [null, null]);
    assert.ok((blocked?.durationMs ?? 0) >= 1_700);
    gate.open();
    await done;
    await shutDownBy(clock.manual, open.system);
  });
});
