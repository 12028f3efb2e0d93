import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { expectBooks } from "../../src/testing.ts";
import type { ViewQuery } from "../../src/viewer/console-view.ts";
import { ConsoleEngine } from "../../src/viewer/engine.ts";
import { ALL_LOGS } from "../../src/viewer/log-buffer.ts";
import { ALL_TRACES } from "../../src/viewer/traces/trace-buffer.ts";
import { ALL_ACTORS } from "../../src/viewer/tree.ts";
import type { Frame } from "../../src/wire/answers.ts";
import { actorRow, frameOf, logRow, snapshotOf, traceRow } from "../_support/wire-rows.ts";
import { World } from "../_support/wire-worlds.ts";

const window = { from: 0, count: 10 };
const everything: ViewQuery = {
  system: "",
  atMs: null,
  tab: "actors",
  actors: ALL_ACTORS,
  actorWindow: window,
  actorId: "",
  logs: ALL_LOGS,
  logWindow: window,
  followLogs: true,
  traces: ALL_TRACES,
  traceWindow: window,
  tracesHeldAtMs: null,
};

/** `count` busy desks, and a frame for each of `ticks`. */
function framesOf(count: number, ticks: number): Frame[] {
  const world = new World();
  return Array.from({ length: ticks }, (_, tick) =>
    world.step({
      upserts: Array.from({ length: count }, (__, at) =>
        actorRow(`desk/a-${at}`, { messagesTaken: tick * 10 }),
      ),
      removals: [],
      full: tick === 0,
    }),
  );
}

describe("the engine of the page", () => {
  it("shows the lines that can be seen, and only those", () => {
    const engine = new ConsoleEngine();
    for (const frame of framesOf(500, 2)) engine.apply(frame);
    const query = { ...everything, actorWindow: { from: 100, count: 3 } };
    const { actors, waits, logs } = engine.view(query);

    assert.deepEqual(
      actors?.lines.map(({ id }) => id),
      ["desk/a-100", "desk/a-101", "desk/a-102"],
    );
    assert.deepEqual([actors?.total, actors?.all, waits, logs], [500, 500, null, null]);
  });

  it("keeps a window inside of a list that has become shorter", () => {
    const engine = new ConsoleEngine();
    for (const frame of framesOf(20, 1)) engine.apply(frame);
    const { actors } = engine.view({ ...everything, actorWindow: { from: 900, count: 8 } });

    assert.deepEqual([actors?.from, actors?.lines.length], [12, 8]);
  });

  it("goes back in time and comes back to now", () => {
    const engine = new ConsoleEngine();
    const frames = framesOf(3, 40);
    for (const frame of frames) engine.apply(frame);
    const then = frames[20]?.capturedAtMs ?? 0;
    const past = engine.view({ ...everything, atMs: then, actorId: "desk/a-1" });
    const now = engine.view({ ...everything, actorId: "desk/a-1" });

    assert.deepEqual([past.atMs, past.live, past.actor?.row?.messagesTaken], [then, false, 200]);
    assert.equal(past.actor?.rate, 40, "rates are made of the seconds before");
    assert.deepEqual([now.live, now.actor?.row?.messagesTaken], [true, 390]);
    assert.equal(past.newestAtMs, now.atMs);
  });

  it("shows of lines and traces what there was then", () => {
    const engine = new ConsoleEngine();
    const [first, second] = framesOf(1, 2) as [Frame, Frame];
    const early = first.capturedAtMs;
    const late = second.capturedAtMs;
    engine.apply({ ...first, logs: [logRow(1, { atMs: early })] });
    engine.apply({
      ...second,
      logs: [logRow(2, { atMs: late })],
      traces: [traceRow("t", { startedAtMs: late })],
    });
    const then = { ...everything, atMs: early };

    assert.equal(engine.view({ ...then, tab: "logs" }).logs?.total, 1);
    assert.equal(engine.view({ ...everything, tab: "logs" }).logs?.total, 2);
    assert.equal(engine.view({ ...then, tab: "traces" }).traces?.total, 0);
    assert.equal(engine.view({ ...everything, tab: "traces" }).traces?.total, 1);
  });

  it("holds the list of traces still while one is read, and counts what comes meanwhile", () => {
    const engine = new ConsoleEngine();
    const [first] = framesOf(1, 1) as [Frame];
    const traces = [traceRow("a", { startedAtMs: 1 }), traceRow("b", { startedAtMs: 5 })];
    engine.apply({ ...first, traces });
    const { traces: held } = engine.view({ ...everything, tab: "traces", tracesHeldAtMs: 3 });

    assert.deepEqual(
      held?.rows.map(({ traceId }) => traceId),
      ["a"],
    );
    assert.equal(held?.newer, 1);
  });

  it("writes a frame that shows the same in another engine", () => {
    const engine = new ConsoleEngine();
    for (const frame of framesOf(5, 9)) engine.apply({ ...frame, logs: [logRow(frame.sequence)] });
    const other = new ConsoleEngine();
    other.apply(engine.fullFrame(everything));

    const ids = (shown: ConsoleEngine): unknown =>
      shown.view({ ...everything }).actors?.lines.map(({ id, type }) => [id, type]);
    assert.deepEqual(ids(other), ids(engine));
    assert.equal(other.view({ ...everything, tab: "logs" }).logs?.total, 9);
  });

  it("asks for everything when it has missed a frame, and forgets another process's lines", () => {
    const engine = new ConsoleEngine();
    const [first, second, third] = framesOf(1, 3) as [Frame, Frame, Frame];
    assert.equal(engine.apply({ ...first, logs: [logRow(90)] }), true);
    assert.equal(engine.apply(third), false);
    assert.equal(engine.apply(second), true);

    const restarted = { name: "shop", pid: 99, closing: false };
    engine.apply(frameOf([snapshotOf([], { system: restarted })], { logs: [logRow(1)] }));
    assert.equal(engine.view({ ...everything, tab: "logs" }).logs?.total, 1);
  });

  it("understands what the monitor of a real system says", async () => {
    const door = defineActor("door", {
      handlers: {
        async knock(_c, answered: Promise<void>) {
          await answered;
        },
      },
    });
    const logger = createLogger({ level: "silent" });
    const system = createSystem({ name: "house", logger });
    const front = system.spawn(door, { name: "front" });
    const { promise, resolve } = Promise.withResolvers<void>();
    const answer = front.ask.knock(promise);
    await Promise.resolve();
    const engine = new ConsoleEngine();
    engine.apply(frameOf([system.monitor.snapshot()]));
    const view = engine.view({ ...everything, actorId: front.id });

    assert.deepEqual(
      view.actors?.lines.map((line) => line.kind === "actor" && [line.name, line.condition]),
      [["front", "busy"]],
    );
    assert.equal(view.actor?.row?.busy?.messageType, "knock");
    resolve();
    await answer;
    await system.shutdown();
    expectBooks(system);
  });
});
