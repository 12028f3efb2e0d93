import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SortBy, usualOrder } from "../../src/terminal/screen/sort-by.ts";
import { type TableView, tableRows } from "../../src/terminal/screen/table-rows.ts";
import { ancestorsOf } from "../../src/viewer/actor-entry.ts";
import { ViewerModel } from "../../src/viewer/model.ts";
import type { Snapshot } from "../../src/wire/snapshot.ts";
import { actorRow, deadlockOf, frameOf, NOW_AT_MS, snapshotOf } from "../_support/wire-rows.ts";

const ALL: TableView = {
  order: usualOrder(SortBy.Id),
  filter: "",
  system: undefined,
  folded: new Set(),
};

function modelOf(...snapshots: readonly Snapshot[]): ViewerModel {
  const model = new ViewerModel();
  model.apply(frameOf(snapshots));
  return model;
}

/** The rows as they are seen: an indent a level, the id, and how many children are hidden. */
function outline(model: ViewerModel, view: Partial<TableView> = {}): string[] {
  return tableRows(model, { ...ALL, ...view }).map(({ entry, level, children, open }) => {
    const hidden = children > 0 && !open ? ` +${children}` : "";
    return `${" ".repeat(level)}${entry.id}${hidden}`;
  });
}

const family = [
  actorRow("shop/a-1"),
  actorRow("till/a-3", { parentId: "shop/a-1", name: "front" }),
  actorRow("till/a-2", { parentId: "shop/a-1" }),
  actorRow("coin/a-4", { parentId: "till/a-2" }),
  actorRow("desk/a-10"),
];

describe("the rows of the table", () => {
  it("are a tree, the older first, in any order in which they came", () => {
    assert.deepEqual(outline(modelOf(snapshotOf(family))), [
      "shop/a-1",
      " till/a-2",
      "  coin/a-4",
      " till/a-3",
      "desk/a-10",
    ]);
  });

  it("hide what is below a folded actor, and say how many children it has", () => {
    assert.deepEqual(outline(modelOf(snapshotOf(family)), { folded: new Set(["shop/a-1"]) }), [
      "shop/a-1 +2",
      "desk/a-10",
    ]);
  });

  it("are flat where they are filtered, by id, name or type, in any case", () => {
    const model = modelOf(snapshotOf(family));

    assert.deepEqual(outline(model, { filter: "TILL" }), ["till/a-2", "till/a-3"]);
    assert.deepEqual(outline(model, { filter: "front" }), ["till/a-3"]);
    assert.deepEqual(outline(model, { filter: "nobody" }), []);
  });

  it("have an actor at the top whose parent is gone", () => {
    const [, ...orphans] = family;

    assert.deepEqual(outline(modelOf(snapshotOf(orphans))).slice(0, 2), ["till/a-2", " coin/a-4"]);
  });

  it("are of all systems in one order, or of the chosen one", () => {
    const toys = snapshotOf([actorRow("toy/b-5", { parentId: "toy/b-2" }), actorRow("toy/b-2")], {
      name: "toys",
      deadlocks: [deadlockOf(["toy/b-2"])],
    });
    const model = modelOf(snapshotOf(family), toys);

    assert.deepEqual(outline(model).slice(0, 3), ["toy/b-2", " toy/b-5", "shop/a-1"]);
    assert.deepEqual(outline(model, { system: "toys" }), ["toy/b-2", " toy/b-5"]);
  });
});

describe("the ancestors of an actor", () => {
  it("are found from its parent up, without running in circles", () => {
    const odd = [
      actorRow("odd/a-5", { parentId: "odd/a-6" }),
      actorRow("odd/a-6", { parentId: "odd/a-5" }),
    ];
    const model = modelOf(snapshotOf([...family, ...odd]));
    const above = (id: string): readonly string[] => ancestorsOf(id, (each) => model.actor(each));

    assert.deepEqual(above("coin/a-4"), ["till/a-2", "shop/a-1"]);
    assert.deepEqual(above("odd/a-5"), ["odd/a-6", "odd/a-5"]);
    assert.deepEqual(above(""), []);
  });
});

describe("sorting", () => {
  const rows = [
    actorRow("a/x-1", { name: "zoe", mailbox: { depth: 3 } }),
    actorRow("b/x-2", { supervision: { restarts: 2 } }),
    actorRow("c/x-3", { state: "restarting", messagesTaken: 4 }),
    actorRow("d/x-4", { name: "amy", state: "starting" }),
    actorRow("e/x-10"),
    actorRow("f/x-11"),
    actorRow("g/x-5", { state: "stopped", stopped: { atMs: NOW_AT_MS, reason: "killed" } }),
    actorRow("h/x-6", { state: "stopped", stopped: { atMs: NOW_AT_MS, reason: "normal" } }),
  ];
  const letters = (by: SortBy, descending = usualOrder(by).descending): string => {
    const deadlocks = [deadlockOf(["e/x-10", "f/x-11"])];
    const model = modelOf(snapshotOf(rows, { deadlocks }));
    const more = rows.map((row) => ({
      ...row,
      messagesTaken: row.messagesTaken * 2 + (row.id === "b/x-2" ? 1 : 0),
    }));
    const parts = { sequence: 2_000, since: 1_000, capturedAtMs: NOW_AT_MS + 500 };
    model.apply(frameOf([snapshotOf(more, { ...parts, deadlocks })]));
    return outline(model, { order: { by, descending } })
      .map((id) => id[0])
      .join("");
  };

  it("has what one looks for first, the older first among equals, and the ended last", () => {
    assert.equal(letters(SortBy.Id), "efabcdgh");
    assert.equal(letters(SortBy.Name), "dbcefagh");
    assert.equal(letters(SortBy.Mailbox), "abcdefgh");
    assert.equal(letters(SortBy.Rate), "cbadefgh");
    assert.equal(letters(SortBy.Restarts), "bacdefgh");
  });

  it("by state has the worst first, the ended among them", () => {
    assert.equal(letters(SortBy.State), "efgcdabh");
  });

  it("turns round, but for what cannot go on and what has ended", () => {
    assert.equal(letters(SortBy.Id, true), "fedcbahg");
    assert.equal(letters(SortBy.Mailbox, false), "bcdefagh");
  });
});
