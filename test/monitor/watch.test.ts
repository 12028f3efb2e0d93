import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openManualSystem } from "../_support/actor-system.ts";
import { Gate, settleTurns } from "../_support/actor-waiting.ts";
import { puppet } from "../_support/monitor-actors.ts";

describe("the monitor's timer", () => {
  it("stops while a system is idle, and starts again with the next message", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(puppet);
    await ref.ask.value();

    await open.clock.advance(5_000);
    assert.equal(open.clock.backgroundTimers, 0);

    await ref.ask.value();
    assert.equal(open.clock.backgroundTimers, 1);
  });

  it("goes on while a handler awaits", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    open.system.spawn(puppet).tell.run(() => gate.opened);
    await settleTurns();

    await open.clock.advance(5_000);

    assert.equal(open.clock.backgroundTimers, 1);
    gate.open();
  });
});
