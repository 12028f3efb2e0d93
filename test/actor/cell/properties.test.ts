import { describe, it } from "node:test";
import fc from "fast-check";
import { Sdk, Stage } from "../../_support/actor-scenario.ts";
import { scenario } from "../../_support/actor-scenario-steps.ts";

describe("regardless of what actors go through", () => {
  it("the books balance, nothing is left, and whoever sent something learns what became of it", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (drawn) => {
        const stage = new Stage(drawn, Sdk.Present);

        await stage.play(drawn.steps);
      }),
      { numRuns: 300, interruptAfterTimeLimit: 20_000 },
    );
  });
});
