import assert from "node:assert/strict";
import { it } from "node:test";
import { CellRef } from "../../../src/actor/delivery/cell-ref.ts";
import { defineMember, type MemberRef, spawnBelow } from "../../_support/actor-family.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { Gate, until } from "../../_support/actor-waiting.ts";

// After kameo's console test of the same name: what a monitor reads of an actor that was restarted.

it("supervised restart increments restarts and leaves no stale handler", async () => {
  await using open = openSystem();
  const gate = new Gate();
  const boss = open.system.spawn(
    defineMember("boss", [], { supervision: { strategy: "one_for_all", maxRestarts: 10 } }),
  );
  const [worker, sibling] = (await spawnBelow(boss, [
    defineMember("worker", []),
    defineMember("sibling", []),
  ])) as [MemberRef, MemberRef];
  const [cell, parent] = [CellRef.cellOf(worker), CellRef.cellOf(boss)];
  worker.tell.act(() => gate.opened.then(() => Promise.reject(new Error("oops"))));
  await until(() => cell?.currentMessage === "act");

  gate.open();
  await until(() => cell?.state === "running" && cell.extrasIfAny?.restarts === 1);

  assert.equal(cell?.currentMessage, undefined);
  assert.equal(open.system.books().processing, 0);
  assert.equal(cell?.parent, parent);
  assert.deepEqual(
    parent?.children?.members().map(({ actorId }) => actorId),
    [worker.id, sibling.id],
  );
  const nowMs = performance.now();
  assert.equal(cell?.extrasIfAny?.restartWindow?.used(nowMs), 1);
  assert.equal(parent?.extrasIfAny?.childRestarts?.used(nowMs), 2);
  assert.equal(cell?.restartSettings.policy, "permanent");
  assert.equal(parent?.type.settings.supervision.strategy, "one_for_all");
  const { started, stopped } = open.system.books();
  assert.deepEqual({ started, stopped }, { started: 3, stopped: 0 });
});
