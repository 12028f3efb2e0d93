import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type SystemModel, ViewerModel } from "../../src/viewer/model.ts";
import {
  type ActorQuery,
  ALL_ACTORS,
  actorLines,
  Layout,
  type Line,
  SortKey,
} from "../../src/viewer/tree.ts";
import { actorLabel } from "../../src/wire/actor-names.ts";
import type { ActorRow, Snapshot } from "../../src/wire/snapshot.ts";
import { actorRow, frameOf, snapshotOf } from "../_support/wire-rows.ts";
import { actorRows } from "../_support/wire-worlds.ts";

function systemOf(rows: readonly ActorRow[], differences: Partial<Snapshot> = {}): SystemModel {
  const model = new ViewerModel();
  model.apply(frameOf([snapshotOf(rows, differences)]));
  const system = model.systems.get("shop");
  assert.ok(system !== undefined);
  return system;
}

/** `  id` for each level, `id*` for one that is only there for others. */
function drawn(lines: readonly Line[]): string[] {
  return lines.map((line) => {
    if (line.kind === "type") return `${line.type} (${line.count})`;
    const { level, entry, context } = line;
    return `${"  ".repeat(level)}${entry.id}${context ? "*" : ""}`;
  });
}

function show(rows: readonly ActorRow[], query: Partial<ActorQuery> = {}): string[] {
  return drawn(actorLines([systemOf(rows)], { ...ALL_ACTORS, ...query }).lines);
}

const family = [
  actorRow("desk/a-1", { children: 2, mailbox: { ...actorRow("a/0").mailbox, depth: 3 } }),
  actorRow("courier/a-2", { parentId: "desk/a-1" }),
  actorRow("courier/a-3", {
    parentId: "desk/a-1",
    mailbox: { ...actorRow("a/0").mailbox, depth: 9 },
  }),
  actorRow("ledger/a-4", { name: "books" }),
];

describe("the list of actors", () => {
  it("is the supervision tree", () => {
    assert.deepEqual(show(family), ["desk/a-1", "  courier/a-2", "  courier/a-3", "ledger/a-4"]);
  });

  it("folds single actors and all", () => {
    assert.deepEqual(show(family, { foldExcept: ["desk/a-1"] }), ["desk/a-1", "ledger/a-4"]);
    assert.deepEqual(show(family, { foldAll: true }), ["desk/a-1", "ledger/a-4"]);
    assert.deepEqual(show(family, { foldAll: true, foldExcept: ["desk/a-1"] }), show(family));
  });

  it("keeps those above what fits a filter, marked as such", () => {
    assert.deepEqual(show(family, { text: "COURIER/a-3" }), ["desk/a-1*", "  courier/a-3"]);
    assert.deepEqual(show(family, { text: "books" }), ["ledger/a-4"]);
    assert.deepEqual(show(family, { type: "courier", layout: Layout.Flat }), [
      "courier/a-2",
      "courier/a-3",
    ]);
    assert.equal(actorLines([systemOf(family)], { ...ALL_ACTORS, type: "courier" }).matching, 2);
  });

  it("sorts siblings, or all in a flat list", () => {
    const sort = { sort: SortKey.Mailbox, descending: true };

    assert.deepEqual(show(family, sort), [
      "desk/a-1",
      "  courier/a-3",
      "  courier/a-2",
      "ledger/a-4",
    ]);
    assert.equal(show(family, { ...sort, layout: Layout.Flat })[0], "courier/a-3");
  });

  it("counts ids as the runtime does, in base 36", () => {
    const rows = ["a/x-10", "a/x-z", "a/x-2"].map((id) => actorRow(id));

    assert.deepEqual(show(rows, { sort: SortKey.Actor }), ["a/x-2", "a/x-z", "a/x-10"]);
  });

  it("groups by type, with sums", () => {
    const { lines } = actorLines([systemOf(family)], {
      ...ALL_ACTORS,
      layout: Layout.Types,
      foldAll: true,
    });

    assert.deepEqual(drawn(lines), ["courier (2)", "desk (1)", "ledger (1)"]);
    assert.equal(lines[0]?.kind === "type" && lines[0].depth, 9);
  });

  it("has the dead last among their siblings", () => {
    const dead = actorRow("desk/a-0", { stopped: { atMs: 1, reason: "normal" }, state: "stopped" });

    assert.deepEqual(show([dead, ...family]).at(-1), "desk/a-0");
  });

  it("finds problems: deadlocks, stuck handlers, restarts and unwanted ends", () => {
    const rows = [
      actorRow("a/1"),
      actorRow("a/2", { state: "restarting" }),
      actorRow("a/3", { state: "stopped", stopped: { atMs: 1, reason: "failed" } }),
      actorRow("a/4", { state: "stopped", stopped: { atMs: 1, reason: "normal" } }),
      actorRow("a/5"),
    ];
    const busy = { phase: "handler", messageType: "x", kind: "ask", sinceAtMs: 1, traceId: null };
    const stuck = [
      {
        id: "a/5",
        type: "a",
        busy: busy as never,
        limitMs: 1,
        cause: "other_io",
        chain: ["a/5"],
        text: "",
      },
    ] as const;
    const system = systemOf(rows, { stuck });
    const { lines } = actorLines([system], { ...ALL_ACTORS, condition: "problem" });

    assert.deepEqual(drawn(lines), ["a/5", "a/2", "a/3"]);
  });

  it("shows each actor once, below its parent, whoever fits", () => {
    const rows = fc.uniqueArray(actorRows(30), { selector: ({ id }) => id, maxLength: 30 });
    const query = fc.record({
      text: fc.constantFrom("", "1", "nobody"),
      sort: fc.constantFrom(...Object.values(SortKey)),
      descending: fc.boolean(),
    });
    fc.assert(
      fc.property(rows, query, (all, differences) => {
        const { lines, matching } = actorLines([systemOf(all)], { ...ALL_ACTORS, ...differences });
        const path: string[] = [];
        const seen = new Set<string>();
        for (const line of lines) {
          assert.ok(line.kind === "actor");
          const { row } = line.entry;
          assert.equal(seen.has(row.id), false);
          seen.add(row.id);
          path.length = line.level;
          if (line.level > 0) assert.equal(row.parentId, path.at(-1));
          path.push(row.id);
        }
        const { text } = differences;
        const fits = all.filter((row) => `${row.id} ${actorLabel(row)}`.includes(text));
        assert.equal(matching, fits.length);
        for (const { id } of fits) assert.ok(seen.has(id), id);
      }),
    );
  });
});
