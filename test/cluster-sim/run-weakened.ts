import { runSeed } from "../cluster/simulation/run-seed.ts";
import { WEAKENINGS } from "./weakenings.ts";

/*
 * Runs seeds until one breaks a rule that the weakening is to break. Prints one line of JSON: the seed, and the rules that
 * were broken by then, with how often.
 */

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const weakening = WEAKENINGS.find(({ name }) => name === process.env["LIMELIGHT_WEAKENING"]);
const last = Number(process.argv[2]);
const broken: Record<string, number> = {};
let found: number | undefined;
for (let seed = 1; seed <= last && found === undefined; seed += 1) {
  const { violations } = await runSeed(seed, weakening?.options);
  for (const { rule } of violations) broken[rule] = (broken[rule] ?? 0) + 1;
  if (violations.some(({ rule }) => weakening?.breaks.includes(rule))) found = seed;
}
print(JSON.stringify({ found, broken }));
