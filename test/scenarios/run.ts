import { parseArgs } from "node:util";
import { runScenarios } from "./running.ts";

// Performs random scenarios: `npm run scenarios -- --count 20000 --seed 1`. A failure prints the seed with which
// it can be repeated, as `--count 1 --seed N`, and a smaller plan that fails in the same way.

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    /** How many failures are gathered before the run ends. */
    failures: { type: "string", default: "1" },
  },
});

const { failures, text } = await runScenarios({
  count: Number(values.count),
  seed: Number(values.seed),
  maxFailures: Number(values.failures),
  print: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(`${text}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
