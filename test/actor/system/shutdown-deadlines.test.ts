import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineActor } from "../../../src/index.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";
import { expectClosedBooks, openManualSystem, shutDownBy } from "../../_support/actor-system.ts";
import { forever, settleTurns } from "../../_support/actor-waiting.ts";

/** Actors that do not end by themselves. */
const stuck = {
  "a handler that never ends": defineActor("stuck", { handlers: { go: forever } }),
  "an onStop that never ends": defineActor("stuck", { onStop: forever, handlers: { go() {} } }),
  "an onStart that never ends": defineActor("stuck", { onStart: forever, handlers: { go() {} } }),
  "a task that ignores its signal": defineActor("stuck", {
    handlers: {
      go(c) {
        c.spawnTask("deaf", forever);
      },
    },
  }),
  "a restart that never ends": defineActor("stuck", {
    onStop: forever,
    handlers: { go: () => assert.fail("oops") },
  }),
  "a child that never ends": defineActor("stuck", {
    handlers: {
      go: (c) => c.spawnChild(defineActor("child", { handlers: { go: forever } })).tell.go(),
    },
  }),
};

for (const [what, definition] of Object.entries(stuck)) {
  describe(`a shutdown that meets ${what}`, () => {
    it("kills it at the deadline, says so, and leaves no timer", async () => {
      await using open = openManualSystem({ shutdownDeadlineMs: 400 });
      const ref = open.system.spawn(definition);
      ref.tell.go();
      await settleTurns();

      const report = await shutDownBy(open.clock, open.system);

      assert.equal(report.killed, what.includes("child") ? 2 : 1);
      assert.equal(report.durationMs, 400);
      assert.equal(await ref.whenStopped(), "killed");
    });
  });
}

describe("a shutdown on the machine's own clock", () => {
  it("keeps its deadline as well", async () => {
    const { systemOptions } = inMemoryTelemetry();
    const system = createSystem({ ...systemOptions, shutdownDeadlineMs: 20 });
    system.spawn(stuck["a handler that never ends"]).tell.go();

    const report = await system.shutdown();

    assert.equal(report.killed, 1);
    expectClosedBooks(system);
  });
});
