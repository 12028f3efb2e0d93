import { describe, it } from "node:test";
import fc from "fast-check";
import { Sdk, Stage } from "../../_support/actor-scenario.ts";
import { scenario } from "../../_support/actor-scenario-steps.ts";

// In a file of its own: once a context manager is registered, messages no longer take this way.

describe("regardless of what actors go through without an SDK", () => {
  it("the books balance, nothing is left, and whoever sent something learns what became of it", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        const stage = new Stage(drawn, Sdk.Absent);

        await stage.play(drawn.steps);
      }),
      { numRuns: 300, interruptAfterTimeLimit: 20_000 },
    );
  });
});
