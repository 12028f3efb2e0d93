import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PointRing } from "../../src/viewer/history/point-ring.ts";
import { HISTORY_POINTS, TickTimes } from "../../src/viewer/history/tick-times.ts";
import { ViewerModel } from "../../src/viewer/model.ts";
import { actorRow, frameOf, NOW_AT_MS, snapshotOf } from "../_support/wire-rows.ts";

const ID = "desk/a-1";

/** A model of one actor that has taken `messagesTaken`, and more with each frame. */
class Counted {
  readonly model = new ViewerModel();
  #sequence = 1_000;

  constructor(messagesTaken: number) {
    this.model.apply(frameOf([snapshotOf([actorRow(ID, { messagesTaken })])]));
  }

  /** A frame `atMs` after the first; without a row where nothing was taken. */
  frame(atMs: number, messagesTaken?: number): this {
    const since = this.#sequence;
    this.#sequence += 1_000;
    const rows = messagesTaken === undefined ? [] : [actorRow(ID, { messagesTaken })];
    const parts = { sequence: this.#sequence, since, capturedAtMs: NOW_AT_MS + atMs };
    this.model.apply(frameOf([snapshotOf(rows, parts)]));
    return this;
  }

  get rate(): number {
    return this.model.actor(ID)?.rate ?? -1;
  }
}

describe("the rate of an actor", () => {
  it("is what it took over the source's time, about a second of it", () => {
    const counted = new Counted(1_000);
    assert.equal(counted.rate, 0);
    assert.equal(counted.frame(500, 1_010).rate, 20);
    assert.equal(counted.frame(1_000, 1_010).rate, 10);
    assert.equal(counted.frame(1_500).rate, 0);
  });

  it("covers a second at any number of frames a second", () => {
    for (const tickMs of [250, 500, 1_000, 4_000]) {
      const counted = new Counted(0);
      for (let at = 1; at <= 8; at += 1) counted.frame(at * tickMs, (at * tickMs) / 100);
      assert.equal(counted.rate, 10, `${tickMs} ms`);
    }
  });

  it("is told for each tick as well, oldest first, and over all", () => {
    const { model } = new Counted(0).frame(1_000, 5).frame(3_000, 25);
    const actor = model.actor(ID);

    assert.deepEqual(actor?.rates(4), [0, 5, 10]);
    assert.deepEqual(actor?.rates(1), [10]);
    assert.equal(actor?.meanRate, 25 / 3);
  });

  it("is never negative or infinite, regardless of what a source's counters and clock do", () => {
    const step = fc.record({ taken: fc.nat(1_000), atMs: fc.integer({ min: -1_000, max: 1_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const counted = new Counted(0);
        for (const { taken, atMs } of steps) {
          counted.frame(atMs, taken);
          for (const rate of [counted.rate, ...(counted.model.actor(ID)?.rates() ?? [])]) {
            assert.ok(rate >= 0 && Number.isFinite(rate), String(rate));
          }
        }
      }),
    );
  });
});

describe("the rate of a system", () => {
  it("is of what it has handled, by actors that have ended as well", () => {
    const model = new ViewerModel();
    model.apply(frameOf([snapshotOf([actorRow(ID)], { totals: { handled: 100 } })]));
    const parts = { sequence: 2_000, since: 1_000, capturedAtMs: NOW_AT_MS + 1_000, removed: [ID] };
    model.apply(frameOf([snapshotOf([], { ...parts, totals: { handled: 150 } })]));

    assert.equal(model.systems.get("shop")?.handledRate, 50);
  });
});

describe("ticks", () => {
  it("give the rates that a list of all counts and times gives", () => {
    const step = fc.record({ pauseMs: fc.integer({ min: 1, max: 3_000 }), count: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const ticks = new TickTimes();
        const counts = new PointRing(HISTORY_POINTS);
        const times = [0];
        ticks.push(0);
        counts.push(0);
        for (const { pauseMs, count } of steps) {
          times.push((times.at(-1) ?? 0) + pauseMs);
          ticks.push(times.at(-1) ?? 0);
          counts.push(count);
        }

        const known = Math.min(steps.length, HISTORY_POINTS);
        const last = steps.slice(steps.length - known);
        assert.equal(ticks.rated, known);
        const rates = last.map(({ pauseMs, count }) => (count * 1_000) / pauseMs);
        if (!counts.isBlank) assert.deepEqual(ticks.ratesOf(counts).slice(-known), rates);
        const sum = last.reduce((total, { count }) => total + count, 0);
        const ms = last.reduce((total, { pauseMs }) => total + pauseMs, 0);
        assert.equal(ticks.meanRate(counts), ms === 0 ? 0 : (sum * 1_000) / ms);
      }),
    );
  });
});
