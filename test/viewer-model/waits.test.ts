import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type SystemModel, ViewerModel } from "../../src/viewer/model.ts";
import { layOutWaits } from "../../src/viewer/wait-layout.ts";
import { deadlockEnd } from "../../src/viewer/wait-texts.ts";
import type { ActorRow, Deadlock } from "../../src/wire/snapshot.ts";
import { actorRow, askOf, frameOf, snapshotOf } from "../_support/wire-rows.ts";

/** Actors of which each waits for the others named. */
function systemOf(
  waits: Readonly<Record<string, readonly string[]>>,
  deadlocks: readonly Deadlock[] = [],
): SystemModel {
  const rows = Object.entries(waits).map(
    ([id, targets]): ActorRow => actorRow(id, { waits: targets.map((target) => askOf(target)) }),
  );
  const model = new ViewerModel();
  model.apply(frameOf([snapshotOf(rows, { deadlocks })]));
  const system = model.systems.get("shop");
  assert.ok(system !== undefined);
  return system;
}

function deadlockOf(ids: readonly string[], untilAtMs: number | null = null): Deadlock {
  return {
    id: "shop-1",
    kind: "ask",
    members: ids.map((id, at) => ({
      id,
      type: "a",
      part: "handler",
      messageType: "x",
      waits: [askOf(ids[(at + 1) % ids.length] ?? id)],
    })),
    detectedAtMs: 1,
    untilAtMs,
    blocked: 0,
    text: "",
  };
}

const BOX = { width: 168, height: 44 };

describe("the picture of who waits for whom", () => {
  it("has who is waited for to the right of who waits", () => {
    const { nodes, links } = layOutWaits(systemOf({ "a/1": ["a/2"], "a/2": ["a/3"], "a/3": [] }));
    const x = new Map(nodes.map((node) => [node.id, node.x]));

    assert.equal(links.length, 2);
    assert.ok((x.get("a/1") ?? 0) < (x.get("a/2") ?? 0));
    assert.ok((x.get("a/2") ?? 0) < (x.get("a/3") ?? 0));
  });

  it("marks the members and the waits of a deadlock, and nothing besides", () => {
    const waits = { "a/1": ["a/2"], "a/2": ["a/1"], "a/3": ["a/1"] };
    const { nodes, links } = layOutWaits(systemOf(waits, [deadlockOf(["a/1", "a/2"])]));

    assert.deepEqual(
      nodes
        .filter(({ deadlockId }) => deadlockId !== null)
        .map(({ id }) => id)
        .sort(),
      ["a/1", "a/2"],
    );
    assert.deepEqual(
      links
        .filter(({ deadlocked }) => deadlocked)
        .map(({ from }) => from)
        .sort(),
      ["a/1", "a/2"],
    );
  });

  it("shows whoever is waited for, also when it is not among the actors", () => {
    const { nodes } = layOutWaits(systemOf({ "a/1": ["elsewhere/9"] }));

    assert.deepEqual(nodes.map(({ id, type }) => [id, type]).sort(), [
      ["a/1", "a"],
      ["elsewhere/9", "elsewhere"],
    ]);
  });

  it("does not draw waits that have just begun, which most are", () => {
    const brief = actorRow("a/1", { waits: [askOf("a/2", { sinceAtMs: 9_800 })] });
    const long = actorRow("a/3", { waits: [askOf("a/2", { sinceAtMs: 9_500 })] });
    const model = new ViewerModel();
    model.apply(frameOf([snapshotOf([brief, long], { capturedAtMs: 10_000 })]));
    const graph = layOutWaits(model.systems.get("shop") as SystemModel);

    assert.deepEqual(
      graph.links.map(({ from }) => from),
      ["a/3"],
    );
    assert.equal(graph.brief, 1);
  });

  it("leaves out what would not fit, and says how much, deadlocks last", () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`b/${at}`, [`c/${at}`]]),
    );
    const waits = { ...many, "a/1": ["a/2"], "a/2": ["a/1"] };
    const { nodes, links, hidden } = layOutWaits(systemOf(waits, [deadlockOf(["a/1", "a/2"])]));

    assert.equal(links.length + hidden, 302);
    assert.ok(nodes.length <= 122);
    assert.ok(nodes.some(({ id }) => id === "a/1"));
  });

  it("puts no two boxes on each other and none outside, whoever waits for whom", () => {
    const ids = Array.from({ length: 24 }, (_, at) => `a/${at}`);
    const waits = fc.dictionary(fc.constantFrom(...ids), fc.subarray(ids, { maxLength: 3 }));
    const knots = fc.option(fc.subarray(ids, { minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(waits, knots, (edges, knot) => {
        const cycle = Object.fromEntries(
          (knot ?? []).map((id, at) => [id, [knot?.[(at + 1) % knot.length] ?? id]]),
        );
        const deadlocks = knot === null ? [] : [deadlockOf(knot)];
        const { nodes, width, height } = layOutWaits(systemOf({ ...edges, ...cycle }, deadlocks));
        for (const [at, node] of nodes.entries()) {
          assert.ok(node.x >= BOX.width / 2 && node.x <= width - BOX.width / 2, "within the width");
          assert.ok(node.y >= BOX.height / 2 && node.y <= height - BOX.height / 2, "and height");
          for (const other of nodes.slice(at + 1)) {
            const apart =
              Math.abs(node.x - other.x) >= BOX.width || Math.abs(node.y - other.y) >= BOX.height;
            assert.ok(apart, `${node.id} and ${other.id}`);
          }
        }
      }),
    );
  });
});

describe("the end of a deadlock", () => {
  it("is told: by itself and when, or never", () => {
    assert.match(deadlockEnd(deadlockOf(["a/1"], 5_000), 2_000), /resolves itself in 3\.0 s/);
    assert.match(deadlockEnd(deadlockOf(["a/1"]), 2_000), /permanent/);
  });
});
