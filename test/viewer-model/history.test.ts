import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { History } from "../../src/viewer/history/history.ts";
import { ViewerModel } from "../../src/viewer/model.ts";
import type { ActorRow } from "../../src/wire/snapshot.ts";
import { actorRow } from "../_support/wire-rows.ts";
import { World, type WorldStep, worldSteps } from "../_support/wire-worlds.ts";

const ROOM = { key: "lobby", generation: 1, awake: [] };

/** Rows by id, in the order of their ids. */
function sorted(rows: Iterable<ActorRow>): ActorRow[] {
  return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function rowsThen(history: History, atMs: number): ActorRow[] {
  const past = new ViewerModel();
  for (const frame of history.framesUntil(atMs)) {
    assert.equal(past.apply(frame).complete, true);
  }
  const entries = past.systems.get("shop")?.entries ?? new Map();
  return sorted([...entries.values()].map(({ row }) => row as ActorRow));
}

/** Plays steps, and says how it was after each. */
function play(
  history: History,
  world: World,
  steps: readonly WorldStep[],
): { readonly atMs: number; readonly rows: ActorRow[] }[] {
  const model = new ViewerModel();
  return steps.map((step) => {
    const frame = world.step(step);
    history.record(model.apply(frame), frame);
    return { atMs: frame.capturedAtMs, rows: sorted(world.rows.values()) };
  });
}

describe("a viewer's history", () => {
  it("shows each moment as it was, over whole pictures, changes and actors that come and go", () => {
    fc.assert(
      fc.property(worldSteps(10), fc.constantFrom(250, 3_000, 11_000), (steps, tickMs) => {
        const history = new History();
        for (const { atMs, rows } of play(history, new World(tickMs), steps)) {
          assert.deepEqual(rowsThen(history, atMs), rows);
        }
      }),
    );
  });

  it("shows how many connections an actor had then", () => {
    const history = new History();
    const step = (connections?: number): WorldStep => ({
      upserts: [actorRow("room/a-1", { keyed: { ...ROOM, ...(connections && { connections }) } })],
      removals: [],
      full: connections === 1,
    });

    const moments = play(history, new World(250), [step(1), step(2), step(), step(3)]);

    for (const { atMs, rows } of moments) assert.deepEqual(rowsThen(history, atMs), rows);
  });

  it("shows the tick before a moment between two", () => {
    const history = new History();
    const upserts = [actorRow("desk/a-1")];
    const [first] = play(history, new World(), [
      { upserts, removals: [], full: true },
      { upserts: [], removals: ["desk/a-1"], full: false },
    ]);

    assert.deepEqual(rowsThen(history, (first?.atMs ?? 0) + 100), upserts);
  });

  it("stays below its limit, and what it still has stays whole", () => {
    const history = new History(100_000);
    const rows = (tick: number): ActorRow[] =>
      Array.from({ length: 40 }, (_, at) => actorRow(`desk/a-${at}`, { messagesTaken: tick }));
    const moments = play(
      history,
      new World(1_000),
      Array.from({ length: 200 }, (_, tick) => ({
        upserts: rows(tick),
        removals: [],
        full: tick === 0,
      })),
    );
    const { firstAtMs, lastAtMs, bytes } = history.span ?? { firstAtMs: 0, lastAtMs: 0, bytes: 0 };

    assert.ok(bytes <= 100_000, `${bytes} bytes`);
    assert.equal(lastAtMs, moments.at(-1)?.atMs);
    assert.ok(firstAtMs > (moments[0]?.atMs ?? 0), "the oldest ticks are gone");
    for (const { atMs, rows: then } of moments.filter((moment) => moment.atMs >= firstAtMs)) {
      assert.deepEqual(rowsThen(history, atMs), then);
    }
  });

  it("keeps one tick a second while thousands of actors change", () => {
    const history = new History();
    const upserts = Array.from({ length: 2_000 }, (_, at) => actorRow(`desk/a-${at}`));
    const changed = (tick: number): ActorRow[] =>
      upserts.map((row) => ({ ...row, messagesTaken: tick }));
    const moments = play(
      history,
      new World(250),
      Array.from({ length: 17 }, (_, tick) => ({
        upserts: changed(tick),
        removals: [],
        full: tick === 0,
      })),
    );

    assert.equal(history.span?.ticks, 5);
    assert.deepEqual(rowsThen(history, moments.at(-1)?.atMs ?? 0), moments.at(-1)?.rows);
  });

  it("holds minutes of ten thousand busy actors", () => {
    const history = new History();
    const model = new ViewerModel();
    const world = new World(1_000);
    const upserts = Array.from({ length: 10_000 }, (_, at) => actorRow(`desk/a-${at}`));
    for (let tick = 0; tick < 60; tick += 1) {
      const frame = world.step({
        upserts: upserts.map((row) => ({ ...row, messagesTaken: tick })),
        removals: [],
        full: tick === 0,
      });
      history.record(model.apply(frame), frame);
    }

    assert.ok((history.span?.bytes ?? 0) < 32 * 2 ** 20, `${history.span?.bytes} bytes a minute`);
  });
});
