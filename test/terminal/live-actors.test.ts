import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HISTORY_POINTS, History } from "../../src/terminal/actors/history.ts";
import { LiveActors } from "../../src/terminal/actors/live-actors.ts";
import {
  actorRow,
  frameOf,
  NOW_AT_MS,
  type RowParts,
  snapshotOf,
} from "../_support/terminal-frames.ts";

const ID = "desk/a-1";

/** A frame of changes, `atMs` after the first. */
function change(
  sequence: number,
  atMs: number,
  rows: readonly [string, RowParts][],
  removed: string[] = [],
) {
  const actors = rows.map(([id, parts]) => actorRow(id, parts));
  const parts = { sequence, since: sequence - 1, capturedAtMs: NOW_AT_MS + atMs, removed };
  return frameOf(snapshotOf(actors, parts));
}

function ids(live: LiveActors): string[] {
  return [...live.actors.keys()];
}

describe("the actors a viewer knows", () => {
  it("are those of a full frame, and afterwards what changes say", () => {
    const live = new LiveActors();
    live.apply(frameOf(snapshotOf([actorRow(ID), actorRow("desk/a-2")])));
    live.apply(
      change(
        2,
        500,
        [
          ["desk/a-3", {}],
          [ID, { name: "first" }],
        ],
        ["desk/a-2"],
      ),
    );

    assert.deepEqual(ids(live), [ID, "desk/a-3"]);
    assert.equal(live.actors.get(ID)?.row.name, "first");
  });

  it("are replaced by a snapshot that has everything, system by system", () => {
    const live = new LiveActors();
    live.apply(
      frameOf(snapshotOf([actorRow(ID)]), snapshotOf([actorRow("toy/a-2")], { name: "toys" })),
    );
    const whole = snapshotOf([actorRow("desk/a-9")], { sequence: 7 });
    const rest = snapshotOf([], { name: "toys", sequence: 2, since: 1 });
    live.apply(frameOf(whole, rest));

    assert.deepEqual(ids(live).toSorted(), ["desk/a-9", "toy/a-2"]);
  });

  it("go with their system, when a full frame has it no more", () => {
    const live = new LiveActors();
    live.apply(
      frameOf(snapshotOf([actorRow(ID)]), snapshotOf([actorRow("toy/a-2")], { name: "toys" })),
    );
    live.apply(frameOf(snapshotOf([actorRow(ID)])));

    assert.deepEqual([ids(live), [...live.systems.keys()]], [[ID], ["shop"]]);
  });

  it("stay as they are when a frame does not follow what is known", () => {
    const live = new LiveActors();
    live.apply(frameOf(snapshotOf([actorRow(ID)], { sequence: 5 })));

    assert.equal(live.apply(change(8, 500, [["desk/a-3", {}]])), false);
    assert.deepEqual(ids(live), [ID]);
    assert.equal(live.apply(change(6, 500, [["desk/a-3", {}]])), true);
  });
});

describe("rates", () => {
  it("are differences of what was taken over the source's time, about a second of it", () => {
    const live = new LiveActors();
    live.apply(frameOf(snapshotOf([actorRow(ID, { messagesTaken: 1_000 })])));
    assert.equal(live.actors.get(ID)?.rate, 0);
    live.apply(change(2, 500, [[ID, { messagesTaken: 1_010 }]]));
    assert.equal(live.actors.get(ID)?.rate, 20);
    live.apply(change(3, 1_000, [[ID, { messagesTaken: 1_010 }]]));
    assert.equal(live.actors.get(ID)?.rate, 10);
    live.apply(change(4, 1_500, []));
    assert.equal(live.actors.get(ID)?.rate, 0);
  });

  it("of a system are of what it has handled, its ended actors' included", () => {
    const live = new LiveActors();
    live.apply(frameOf(snapshotOf([actorRow(ID)], { totals: { handled: 100 } })));
    const parts = { sequence: 2, since: 1, capturedAtMs: NOW_AT_MS + 1_000, removed: [ID] };
    live.apply(frameOf(snapshotOf([], { ...parts, totals: { handled: 150 } })));

    assert.equal(live.systems.get("shop")?.rate, 50);
  });

  it("are never negative or infinite, whatever a source's counters and clock do", () => {
    const step = fc.record({ taken: fc.nat(1_000), atMs: fc.integer({ min: -1_000, max: 1_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const live = new LiveActors();
        live.apply(frameOf(snapshotOf([actorRow(ID)])));
        for (const [at, { taken, atMs }] of steps.entries()) {
          live.apply(change(at + 2, atMs, [[ID, { messagesTaken: taken }]]));
          const actor = live.actors.get(ID);
          const rates = actor?.history === undefined ? [] : live.rates(actor.history, 120);
          for (const rate of [actor?.rate ?? -1, ...rates]) {
            assert.ok(rate >= 0 && Number.isFinite(rate), String(rate));
          }
        }
      }),
    );
  });

  it("of the past are there for each tick, oldest first", () => {
    const live = new LiveActors();
    live.apply(frameOf(snapshotOf([actorRow(ID)])));
    live.apply(change(2, 1_000, [[ID, { messagesTaken: 5 }]]));
    live.apply(change(3, 3_000, [[ID, { messagesTaken: 25 }]]));
    const history = live.actors.get(ID)?.history;
    assert.ok(history);

    assert.deepEqual(live.rates(history, 4), [0, 0, 5, 10]);
    assert.equal(live.ratedTicks, 2);
    assert.equal(live.meanRate(history, 2), 25 / 3);
  });
});

describe("the history of an actor", () => {
  it("is what a list of all ticks would be, also when most of them are not told of", () => {
    const step = fc.record({
      pause: fc.integer({ min: 1, max: 300 }),
      taken: fc.nat(50),
      depth: fc.nat(50),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(200), (steps, quiet) => {
        const history = new History(0);
        const taken = [0];
        const depth = [0];
        for (const { pause, ...point } of steps) {
          for (let skipped = 1; skipped < pause; skipped += 1) {
            taken.push(0);
            depth.push(depth.at(-1) ?? 0);
          }
          taken.push(point.taken);
          depth.push(point.depth);
          history.note(taken.length - 1, point.taken, point.depth);
        }
        for (let skipped = 0; skipped < quiet; skipped += 1) {
          taken.push(0);
          depth.push(depth.at(-1) ?? 0);
        }
        const last = taken.length - 1;
        const known = Math.min(HISTORY_POINTS, taken.length);

        assert.deepEqual(history.taken(last, known), taken.slice(-known));
        assert.deepEqual(history.depth(last, known), depth.slice(-known));
        assert.equal(
          history.sum(last, known),
          taken.slice(-known).reduce((a, b) => a + b, 0),
        );
        assert.equal(history.peak(last, known), Math.max(...taken.slice(-known)));
      }),
    );
  });
});
