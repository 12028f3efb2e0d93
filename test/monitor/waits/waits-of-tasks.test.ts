import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snapshot } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { puppet } from "../../_support/monitor-actors.ts";

describe("the row of an actor", () => {
  it("has the waits of its tasks, beside those of its handler or alone", async () => {
    await using open = openManualSystem();
    const gates = [new Gate(), new Gate()];
    const [asker, ...asked] = Array.from({ length: 3 }, () => open.system.spawn(puppet));
    const [first, second] = asked;
    assert.ok(asker !== undefined && first !== undefined && second !== undefined);
    const waits = (): unknown[] => {
      const row = snapshot(open.system).actors.find(({ id }) => id === asker.id);
      return (row?.waits ?? []).map(({ part, targetId }) => [part, targetId]);
    };
    const handled = asker.ask.run(async (c) => {
      c.spawnTask("look", () => second.ask.run(() => gates[1]?.opened));
      await first.ask.run(() => gates[0]?.opened);
    });
    await settleTurns();

    assert.deepEqual(waits(), [
      ["handler", first.id],
      ["task", second.id],
    ]);
    gates[0]?.open();
    await handled;
    assert.deepEqual(waits(), [["task", second.id]]);
    gates[1]?.open();
  });
});
