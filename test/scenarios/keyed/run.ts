import { parseArgs } from "node:util";
import { runKeyedScenarios } from "./keyed-running.ts";

// Performs random scenarios of keyed actors: `npm run scenarios:keyed -- --count 2000 --seed 1`. A failure prints its
// seed, with which it can be repeated as `--count 1 --seed N`, and a smaller plan that fails in the same way.

/** Scenarios between two lines that tell how far the run is. */
const STRIDE = 100;

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "2000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  },
});

const first = Number(values.seed);
const end = first + Number(values.count);
for (let seed = first; seed < end && process.exitCode === undefined; seed += STRIDE) {
  const { failure, text } = await runKeyedScenarios(Math.min(STRIDE, end - seed), seed);
  process.stdout.write(`${failure ?? text}\n`);
  if (failure !== undefined) process.exitCode = 1;
}
