import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { actorLabel, labelSortKey, nameMatcher } from "../../src/wire/actor-names.ts";
import { canMerge } from "../../src/wire/sequence.ts";
import { WaitKind } from "../../src/wire/snapshot.ts";
import { waitersFor, waitText } from "../../src/wire/waits.ts";
import { actorRow, askOf } from "../_support/wire-rows.ts";

describe("the names of actors", () => {
  it("sort ids by their number, which counts in base 36", () => {
    const keys = ["a/x-10", "a/x-9", "a/x-a"].map((id) => labelSortKey(actorRow(id)));
    assert.deepEqual(keys.toSorted(), [keys[1], keys[2], keys[0]]);
  });

  it("are found by a part of id or name, in any case", () => {
    const row = actorRow("desk/a-1", { name: "Front" });

    assert.equal(actorLabel(row), "Front");
    assert.deepEqual(
      ["", " ", "DESK", "front", "a-1", "nobody"].map((text) => nameMatcher(text)(row)),
      [true, true, true, true, true, false],
    );
  });
});

describe("the names of keyed actors", () => {
  const [old, next] = [3, 4].map((generation) =>
    actorRow(`room/a-${generation}`, { keyed: { key: "lobby,de", generation, awake: [] } }),
  );
  assert.ok(old && next);

  it("are the key and the generation, so that an actor differs from the next one of its key", () => {
    assert.deepEqual([old, next].map(actorLabel), ["room/lobby,de #3", "room/lobby,de #4"]);
    assert.equal(labelSortKey(old), "room/lobby,de #3");
    const starting = actorRow("room/a-5", {
      keyed: { key: "lobby,de", generation: null, awake: [] },
    });
    assert.equal(actorLabel(starting), "room/lobby,de");
  });

  it("are found by a part of the key or by the id", () => {
    assert.deepEqual(
      ["LOBBY", "#3", "a-3", "attic"].map((text) => nameMatcher(text)(old)),
      [true, true, true, false],
    );
  });
});

describe("waits", () => {
  it("say what they are for", () => {
    const subject = { targetId: "till/a-2", messageType: "pay" };

    assert.deepEqual(
      Object.values(WaitKind).map((kind) => waitText({ ...subject, kind })),
      [
        "asks pay of till/a-2",
        "waits for room to send pay to till/a-2",
        "waits for the start of till/a-2",
        "waits for the end of till/a-2",
        "waits for a task of till/a-2",
      ],
    );
  });

  it("are found by their target, the longest first", () => {
    const rows = [
      actorRow("a/x-1", { waits: [askOf("t/x-9", { sinceAtMs: 5 }), askOf("t/x-8")] }),
      actorRow("a/x-2", { waits: [askOf("t/x-9", { sinceAtMs: 3 })] }),
    ];

    assert.deepEqual(
      waitersFor("t/x-9", rows).map(({ id, wait }) => [id, wait.sinceAtMs]),
      [
        ["a/x-2", 3],
        ["a/x-1", 5],
      ],
    );
  });
});

describe("changes", () => {
  it("can be merged when they begin no later than what is known", () => {
    assert.deepEqual(
      [null, 4, 5, 6].map((since) => canMerge({ since }, 5)),
      [true, true, true, false],
    );
    assert.deepEqual(
      [null, 4].map((since) => canMerge({ since }, undefined)),
      [true, false],
    );
  });
});
