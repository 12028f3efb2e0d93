import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ActorState, StopReason } from "../../src/telemetry/attributes.ts";
import {
  Condition,
  conditionOf,
  findingsOf,
  isProblem,
  severity,
} from "../../src/wire/condition.ts";
import type { StuckHandler } from "../../src/wire/snapshot.ts";
import { actorRow, askOf, deadlockOf, type RowParts } from "../_support/wire-rows.ts";

const ID = "desk/a-1";
const busy = {
  phase: "handler",
  messageType: "place",
  kind: "tell",
  sinceAtMs: 1,
  traceId: null,
} as const;
const stuck: StuckHandler = {
  id: ID,
  type: "desk",
  busy,
  limitMs: 1,
  cause: "other_io",
  chain: [ID],
  text: "stuck",
};

type Found = Parameters<typeof findingsOf>[0];

function condition(parts: RowParts, found: Found = []): Condition {
  return conditionOf(actorRow(ID, parts), findingsOf(found));
}

describe("how an actor is doing", () => {
  it("is told by its row: the worst that holds", () => {
    assert.equal(condition({}), "idle");
    assert.equal(condition({ mailbox: { depth: 1 } }), "busy");
    assert.equal(condition({ busy }), "busy");
    assert.equal(condition({ busy, waits: [askOf("till/a-2")] }), "waiting");
    assert.equal(condition({ state: ActorState.Starting, busy }), "starting");
    assert.equal(condition({ state: ActorState.Stopping, busy }), "stopping");
    assert.equal(condition({ state: ActorState.Restarting, busy }), "restarting");
    assert.equal(condition({ supervision: { backingOff: true } }), "restarting");
  });

  it("is what the monitor has found, while it lives", () => {
    const deadlocks = [deadlockOf([ID, "till/a-2"])];
    const stopped = { atMs: 1, reason: StopReason.Normal };

    assert.equal(condition({ busy }, [{ deadlocks: [], stuck: [stuck] }]), "stuck");
    assert.equal(condition({ busy }, [{ deadlocks, stuck: [stuck] }]), "deadlock");
    assert.equal(
      condition({ state: "stopped", stopped }, [{ deadlocks, stuck: [stuck] }]),
      "stopped",
    );
  });

  it("is failed or stopped by the reason of its end", () => {
    const byReason = Object.values(StopReason).map((reason) => [
      reason,
      condition({ state: "stopped", stopped: { atMs: 1, reason } }),
    ]);

    assert.deepEqual(Object.fromEntries(byReason), {
      normal: "stopped",
      parent_stopped: "stopped",
      shutdown: "stopped",
      killed: "failed",
      failed: "failed",
      start_failed: "failed",
      link_died: "failed",
      sibling_failed: "failed",
      idle: "stopped",
      requested: "stopped",
      evicted: "stopped",
      drained: "stopped",
      state_conflict: "failed",
      destroyed: "stopped",
      fenced: "failed",
    });
  });

  it("is the worse the more severe: all problems before all else", () => {
    const sorted = Object.values(Condition).toSorted((a, b) => severity(b) - severity(a));
    const problems = sorted.map((each) => isProblem(each));

    assert.equal(sorted[0], "deadlock");
    assert.equal(sorted.at(-1), "stopped");
    assert.equal(problems.lastIndexOf(true) + 1, problems.indexOf(false));
  });
});
