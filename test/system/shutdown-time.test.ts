import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { beforeShutdown } from "../../src/monitor/before-shutdown.ts";
import { openManualSystem, shutDownBy } from "../_support/actor-system.ts";

const stuck = defineActor("stuck", { handlers: { wait: () => new Promise<void>(() => {}) } });

describe("a shutdown with gateways", () => {
  it("takes no longer than its deadline, of which they have half", async () => {
    await using opened = openManualSystem({ shutdownDeadlineMs: 1_000 });
    const { system, clock } = opened;
    const given: number[] = [];
    beforeShutdown(system, async (deadlineMs) => {
      given.push(deadlineMs);
      await clock.advance(deadlineMs);
    });
    system.spawn(stuck).tell.wait();

    const { killed, durationMs } = await shutDownBy(clock, system);

    assert.deepEqual([given, killed], [[500], 1]);
    assert.ok(durationMs <= 1_100, `${durationMs} ms`);
  });
});
