import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snapshot } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { narrow, puppet } from "../../_support/monitor-actors.ts";

describe("an ask of an actor to a full mailbox", () => {
  it("waits for room first and for its reply then", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const full = open.system.spawn(narrow);
    const asker = open.system.spawn(puppet);
    const kinds = (): string[] => {
      const row = snapshot(open.system).actors.find(({ id }) => id === asker.id);
      return row?.waits.map(({ kind }) => kind) ?? [];
    };
    void full.tell.run(() => gate.opened);
    await settleTurns();
    const later = new Gate();
    void full.tell.run(() => later.opened);
    const asked = asker.ask.run(() => full.ask.value());
    await settleTurns();

    assert.deepEqual(kinds(), ["mailbox"]);
    gate.open();
    await settleTurns();
    assert.deepEqual(kinds(), ["ask"]);
    later.open();
    assert.equal(await asked, 42);
  });
});
