import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SortBy, usualOrder } from "../../src/terminal/actors/actor-order.ts";
import { ancestorsOf, arrange, type TreeView } from "../../src/terminal/actors/actor-tree.ts";
import { findTroubles } from "../../src/terminal/actors/condition.ts";
import { LiveActors } from "../../src/terminal/actors/live-actors.ts";
import type { ActorRow } from "../../src/wire/snapshot.ts";
import {
  actorRow,
  deadlockOf,
  frameOf,
  NOW_AT_MS,
  type SnapshotParts,
  snapshotOf,
} from "../_support/terminal-frames.ts";

const ALL: TreeView = {
  order: usualOrder(SortBy.Id),
  filter: "",
  system: undefined,
  folded: new Set(),
};

function liveOf(rows: readonly ActorRow[], parts: SnapshotParts = {}): LiveActors {
  const live = new LiveActors();
  live.apply(frameOf(snapshotOf(rows, parts)));
  return live;
}

/** The rows as one sees them: an indent a level, and the id. */
function outline(live: LiveActors, view: Partial<TreeView> = {}): string[] {
  const rows = arrange(live.actors.values(), { ...ALL, ...view }, findTroubles(live));
  return rows.map(({ actor, level, hidden }) => {
    return `${" ".repeat(level)}${actor.row.id}${hidden > 0 ? ` +${hidden}` : ""}`;
  });
}

const family = [
  actorRow("shop/a-1"),
  actorRow("till/a-3", { parentId: "shop/a-1", name: "front" }),
  actorRow("till/a-2", { parentId: "shop/a-1" }),
  actorRow("coin/a-4", { parentId: "till/a-2" }),
  actorRow("desk/a-10"),
];

describe("the tree of actors", () => {
  it("has children below their parents, the older first", () => {
    assert.deepEqual(outline(liveOf(family)), [
      "shop/a-1",
      " till/a-2",
      "  coin/a-4",
      " till/a-3",
      "desk/a-10",
    ]);
  });

  it("hides what is below a folded actor, and says how much", () => {
    assert.deepEqual(outline(liveOf(family), { folded: new Set(["shop/a-1"]) }), [
      "shop/a-1 +3",
      "desk/a-10",
    ]);
  });

  it("is flat where it is filtered, by id, name or type, in any case", () => {
    const live = liveOf(family);

    assert.deepEqual(outline(live, { filter: "TILL" }), ["till/a-2", "till/a-3"]);
    assert.deepEqual(outline(live, { filter: "front" }), ["till/a-3"]);
    assert.deepEqual(outline(live, { filter: "nobody" }), []);
  });

  it("has who has lost his parent at the top", () => {
    const [, ...orphans] = family;

    assert.deepEqual(outline(liveOf(orphans)).slice(0, 2), ["till/a-2", " coin/a-4"]);
  });

  it("shows one system alone where that is asked for", () => {
    const live = new LiveActors();
    live.apply(frameOf(snapshotOf(family), snapshotOf([actorRow("toy/b-1")], { name: "toys" })));

    assert.deepEqual(outline(live, { system: "toys" }), ["toy/b-1"]);
  });

  it("holds every actor once, parents first, however it is sorted", () => {
    const parents = fc.array(fc.nat(30), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(parents, fc.constantFrom(...Object.values(SortBy)), (links, by) => {
        const rows = links.map((parent, at) =>
          actorRow(`a/x-${at.toString(36)}`, {
            parentId: parent < at ? `a/x-${parent.toString(36)}` : null,
            mailbox: { depth: parent },
          }),
        );
        const live = liveOf(rows);
        const tree = arrange(
          live.actors.values(),
          { ...ALL, order: usualOrder(by) },
          findTroubles(live),
        );
        const seen = new Set<string | null>([null]);
        for (const { actor } of tree) {
          assert.ok(seen.has(actor.row.parentId));
          seen.add(actor.row.id);
        }
        assert.equal(tree.length, rows.length);
      }),
    );
  });

  it("knows the ancestors of an actor, and does not run in circles", () => {
    const live = liveOf([
      ...family,
      actorRow("odd/a-5", { parentId: "odd/a-6" }),
      actorRow("odd/a-6", { parentId: "odd/a-5" }),
    ]);

    assert.deepEqual([...ancestorsOf("coin/a-4", live.actors)], ["till/a-2", "shop/a-1"]);
    assert.deepEqual([...ancestorsOf("odd/a-5", live.actors)], ["odd/a-6", "odd/a-5"]);
    assert.deepEqual([...ancestorsOf(undefined, live.actors)], []);
  });
});

describe("sorting", () => {
  const handling = {
    phase: "handler",
    messageType: "work",
    kind: "tell",
    traceId: null,
  } as const;
  const rows = [
    actorRow("a/x-1", { name: "zoe", mailbox: { depth: 3 } }),
    actorRow("b/x-2", { supervision: { restarts: 2 } }),
    actorRow("c/x-3", { state: "restarting", messagesTaken: 4 }),
    actorRow("d/x-4", { name: "amy", busy: { ...handling, sinceAtMs: NOW_AT_MS - 600 } }),
    actorRow("e/x-10"),
    actorRow("f/x-11"),
  ];
  const letters = (by: SortBy, descending = usualOrder(by).descending): string => {
    const live = liveOf(rows, { deadlocks: [deadlockOf(["e/x-10", "f/x-11"])] });
    const more = rows.map((row) => ({
      ...row,
      messagesTaken: row.messagesTaken * 2 + (row.id === "b/x-2" ? 1 : 0),
    }));
    const parts = { sequence: 2, since: 1, capturedAtMs: NOW_AT_MS + 500 };
    live.apply(
      frameOf(snapshotOf(more, { ...parts, deadlocks: [deadlockOf(["e/x-10", "f/x-11"])] })),
    );
    return outline(live, { order: { by, descending } })
      .map((id) => id[0])
      .join("");
  };

  it("by each column has what one looks for first, and the older first among equals", () => {
    assert.equal(letters(SortBy.Id), "abcdef");
    assert.equal(letters(SortBy.Name), "dbcefa");
    assert.equal(letters(SortBy.State), "efcdab");
    assert.equal(letters(SortBy.Mailbox), "abcdef");
    assert.equal(letters(SortBy.Rate), "cbadef");
    assert.equal(letters(SortBy.Restarts), "bacdef");
  });

  it("has those that have ended last, which `state` sorts by how they did", () => {
    const stopped = (reason: "normal" | "killed") => ({ atMs: NOW_AT_MS, reason });
    const live = liveOf([
      actorRow("a/x-1", { state: "stopped", stopped: stopped("normal") }),
      actorRow("b/x-2", { state: "stopped", stopped: stopped("killed") }),
      actorRow("c/x-3"),
    ]);
    const by = (order: SortBy) => outline(live, { order: usualOrder(order) });

    assert.deepEqual(by(SortBy.Id), ["c/x-3", "a/x-1", "b/x-2"]);
    assert.deepEqual(by(SortBy.State), ["b/x-2", "c/x-3", "a/x-1"]);
  });

  it("turns round", () => {
    assert.equal(letters(SortBy.Id, true), "fedcba");
    assert.equal(letters(SortBy.Mailbox, false), "bcdefa");
  });
});
