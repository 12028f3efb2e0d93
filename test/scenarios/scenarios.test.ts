import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runScenarios } from "./running.ts";

const count = Number(process.env["SCENARIOS"] ?? 1_000);
const seed = Number(process.env["SCENARIO_SEED"] ?? Date.now() % 1_000_000_000);

describe("random scenarios", () => {
  it("keep everything that the model knows", async (t) => {
    const { failures, text } = await runScenarios({ count, seed, maxFailures: 1, print() {} });

    t.diagnostic(text);
    assert.ok(failures.length === 0, failures.join("\n"));
  });
});
