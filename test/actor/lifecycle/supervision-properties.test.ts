import { describe, it } from "node:test";
import fc from "fast-check";
import { supervisionCommands } from "../../_support/supervision-commands.ts";
import { RealForest } from "../../_support/supervision-forest.ts";

describe("supervision", () => {
  it("does what the model says, regardless of what happens to a forest, and leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(supervisionCommands, async (commands) => {
        const real = new RealForest();

        await fc.asyncModelRun(() => ({ model: { actors: [], nowMs: 0 }, real }), commands);

        await real.close();
      }),
      { numRuns: 200, interruptAfterTimeLimit: 20_000 },
    );
  });
});
