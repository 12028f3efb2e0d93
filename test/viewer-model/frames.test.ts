import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ViewerModel } from "../../src/viewer/model.ts";
import type { ActorRow } from "../../src/wire/snapshot.ts";
import { actorRow, frameOf, snapshotOf } from "../_support/wire-rows.ts";
import { World, worldSteps } from "../_support/wire-worlds.ts";

function rowsOf(model: ViewerModel): Map<string, unknown> {
  const entries = model.systems.get("shop")?.entries ?? new Map();
  return new Map([...entries].map(([id, { row }]) => [id, row]));
}

describe("a viewer's model", () => {
  it("knows after any frames what one full snapshot would have told it", () => {
    fc.assert(
      fc.property(worldSteps(12), (steps) => {
        const world = new World();
        const model = new ViewerModel();
        for (const step of steps) assert.equal(model.apply(world.step(step)).complete, true);

        assert.deepEqual(
          new Map([...rowsOf(model)].sort(([a], [b]) => (a < b ? -1 : 1))),
          new Map([...world.rows].sort(([a], [b]) => (a < b ? -1 : 1))),
        );
      }),
    );
  });

  it("makes rates of counters and the source's clock, calm over a second", () => {
    const model = new ViewerModel();
    model.apply(frameOf([snapshotOf([actorRow("desk/a-1", { messagesTaken: 100 })])]));
    for (const tick of [1, 2, 3, 4]) {
      const row = actorRow("desk/a-1", { messagesTaken: 100 + tick * 5 });
      const at = { sequence: 1_000 * (tick + 1), capturedAtMs: 10_000 + tick * 250 };
      model.apply(frameOf([snapshotOf([row], { ...at, since: 1_000 * tick })]));
    }

    assert.equal(model.actor("desk/a-1")?.rate, 20);
  });

  it("shows no rate for an actor that nothing was heard of, nor for a counter that went back", () => {
    const model = new ViewerModel();
    model.apply(frameOf([snapshotOf([actorRow("desk/a-1", { messagesTaken: 100 })])]));
    model.apply(
      frameOf([
        snapshotOf([actorRow("desk/a-1", { messagesTaken: 3 })], {
          sequence: 2_000,
          since: 1_000,
          capturedAtMs: 10_250,
        }),
      ]),
    );
    model.apply(frameOf([snapshotOf([], { sequence: 3_000, since: 2_000, capturedAtMs: 10_500 })]));

    assert.equal(model.actor("desk/a-1")?.rate, 0);
  });

  it("counts the restarts within an actor's window", () => {
    const model = new ViewerModel();
    const restarted = (restarts: number): ActorRow => {
      const row = actorRow("till/a-1");
      return { ...row, supervision: { ...row.supervision, restarts, windowMs: 1_000 } };
    };
    const told: number[] = [];
    for (const [tick, restarts] of [3, 4, 6, 6, 6].entries()) {
      const at = { sequence: 1_000 * (tick + 1), capturedAtMs: 10_000 + tick * 500 };
      const since = tick === 0 ? null : 1_000 * tick;
      model.apply(frameOf([snapshotOf([restarted(restarts)], { ...at, since })]));
      told.push(model.actor("till/a-1")?.restartsInWindow(at.capturedAtMs) ?? -1);
    }

    assert.deepEqual(told, [0, 1, 3, 2, 0]);
  });

  it("takes no frame over that follows one it never got", () => {
    const model = new ViewerModel();
    model.apply(frameOf([snapshotOf([actorRow("desk/a-1")])]));
    const missed = snapshotOf([actorRow("desk/a-2")], { sequence: 3_000, since: 2_000 });

    assert.equal(model.apply(frameOf([missed])).complete, false);
    assert.deepEqual([...rowsOf(model).keys()], ["desk/a-1"]);
  });

  it("keeps histories over a full frame, and forgets systems that are gone", () => {
    const model = new ViewerModel();
    const other = snapshotOf([actorRow("bank/b-1")], {
      system: { name: "bank", pid: 7, closing: false },
    });
    model.apply(frameOf([snapshotOf([actorRow("desk/a-1")]), other]));
    const later = { sequence: 2_000, capturedAtMs: 10_500 };
    model.apply(frameOf([snapshotOf([actorRow("desk/a-1", { messagesTaken: 8 })], later)]));

    assert.deepEqual([...model.systems.keys()], ["shop"]);
    assert.deepEqual(model.actor("desk/a-1")?.rates(), [0, 16]);
  });

  it("begins anew with another process at the same address", () => {
    const model = new ViewerModel();
    model.apply(frameOf([snapshotOf([actorRow("desk/a-1")])]));
    const restarted = { name: "shop", pid: 8, closing: false };
    model.apply(frameOf([snapshotOf([actorRow("desk/z-1")], { system: restarted })]));

    assert.equal(model.systems.get("shop")?.history.points.length, 1);
    assert.deepEqual([...rowsOf(model).keys()], ["desk/z-1"]);
  });
});
