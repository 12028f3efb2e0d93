import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { KEPT_SEEDS } from "./kept-seeds.ts";
import { type RunResult, runSeed } from "./run-seed.ts";

/** `npm run cluster-sim` runs 1,000. */
const SEEDS = 30;

function assertSound({ seed, violations }: RunResult): void {
  const texts = violations.map(({ rule, text }) => `${rule}: ${text}`);
  assert.deepEqual(texts, [], `npm run cluster-sim -- --seed ${seed} repeats it`);
}

const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("a simulated cluster", () => {
  it("keeps all rules under faults", async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) assertSound(await runSeed(seed));
  });

  for (const { seed, fault } of KEPT_SEEDS) {
    it(`keeps all rules in seed ${seed}, which has found: ${fault}`, async () => {
      assertSound(await runSeed(seed));
    });
  }

  it("does the same again for the same seed", async () => {
    const [first, second] = [await runSeed(7), await runSeed(7)];

    assert.equal(sha(first.history.digest()), sha(second.history.digest()));
    assert.ok(first.history.operations.length > 200);
  });
});
