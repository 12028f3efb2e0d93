import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runKeyedScenarios } from "./keyed-running.ts";

const count = Number(process.env["SCENARIOS"] ?? 60);
const seed = Number(process.env["SCENARIO_SEED"] ?? 5_080);

describe("random scenarios of keyed actors", () => {
  it("keep everything that was promised, regardless of what the store does", async (t) => {
    const { failure, text } = await runKeyedScenarios(count, seed);

    t.diagnostic(text);
    assert.equal(failure, undefined);
  });
});
