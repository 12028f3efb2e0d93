import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attentionOf } from "../../src/viewer/attention.ts";
import type { SystemHead } from "../../src/viewer/console-view.ts";
import { deadlockOf } from "../_support/wire-rows.ts";

function head(name: string, parts: Partial<SystemHead> = {}): SystemHead {
  return { name, active: 1, rate: 0, deadlocks: [], stuck: 0, warnings: 0, ...parts };
}

function shown(name: string) {
  return {
    capturedAtMs: 0,
    uptimeMs: 0,
    system: { name, pid: 1, closing: false },
    totals: {} as never,
    eventLoop: { utilization: 0, blocked: null },
    sequence: 1,
    history: [],
  };
}

describe("what needs attention", () => {
  it("is nothing where no system has found anything", () => {
    assert.deepEqual(attentionOf({ systems: [head("shop")], system: shown("shop") }), {
      deadlocks: [],
      elsewhere: [],
      warnings: 0,
    });
  });

  it("has the deadlocks of all systems once, and what others than the shown one warn of", () => {
    const across = deadlockOf(["desk/a-1", "toy/b-2"]);
    const systems = [
      head("shop", { deadlocks: [across], stuck: 1 }),
      head("toys", { deadlocks: [across, deadlockOf(["toy/b-3"])], stuck: 1, warnings: 2 }),
    ];
    const { deadlocks, elsewhere, warnings } = attentionOf({ systems, system: shown("shop") });

    assert.deepEqual(
      deadlocks.map(({ system, deadlock }) => [system, deadlock.id]),
      [
        ["shop", "deadlock-desk/a-1"],
        ["toys", "deadlock-toy/b-3"],
      ],
    );
    assert.deepEqual(elsewhere, [{ system: "toys", count: 3 }]);
    assert.equal(warnings, 4);
  });
});
