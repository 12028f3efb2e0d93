import { inspect } from "node:util";
import { drawPlan } from "./draw-plan.ts";
import { perform, watchProcess } from "./performance.ts";
import type { Plan } from "./plan.ts";
import { shrink } from "./shrinking.ts";
import { startWatchdog } from "./watchdog.ts";

/** Most plans that are performed to find a smaller one. */
const SHRINKING = 600;
/** After how many scenarios a long run says how far it is. */
const PROGRESS = 1_000;

export interface RunOptions {
  readonly count: number;
  /** The seed of the first scenario; each further one has the next number. */
  readonly seed: number;
  readonly maxFailures: number;
  readonly print: (line: string) => void;
}

export interface RunReport {
  /** Seed and description of each failure. */
  readonly failures: readonly string[];
  readonly text: string;
}

/** Performs `count` scenarios, and describes those in which something did not hold. */
export async function runScenarios(options: RunOptions): Promise<RunReport> {
  const { count, seed, maxFailures, print } = options;
  using watchdog = startWatchdog();
  using _process = watchProcess();
  const failures: string[] = [];
  let messages = 0;
  let actors = 0;
  let done = 0;
  while (done < count && failures.length < maxFailures) {
    const current = seed + done;
    watchdog.begin(current);
    const plan = drawPlan(current);
    const outcome = await perform(plan);
    done += 1;
    messages += outcome.messages;
    actors += outcome.actors;
    if (outcome.problems.length > 0) {
      const failure = await describe(current, plan, outcome.problems);
      failures.push(failure);
      print(failure);
    }
    if (done % PROGRESS === 0 && done < count) print(`${done} of ${count} scenarios performed`);
  }
  const found = failures.length === 0 ? "no failure" : `${failures.length} failed`;
  const what = `${messages} messages, ${actors} actors`;
  return { failures, text: `seed ${seed}: ${done} scenarios (${what}), ${found}` };
}

async function describe(seed: number, plan: Plan, problems: readonly string[]): Promise<string> {
  const [first = ""] = problems;
  const kind = kindOf(first);
  const fails = async (smaller: Plan): Promise<boolean> => {
    const outcome = await perform(smaller);
    return outcome.problems.some((problem) => kindOf(problem) === kind);
  };
  const smallest = await shrink(plan, fails, SHRINKING);
  return [
    `scenario ${seed} failed; repeat it with: npm run scenarios -- --count 1 --seed ${seed}`,
    ...problems.map((problem) => `  ${problem}`),
    "a smaller plan that fails in the same way:",
    inspect(smallest, { depth: null, breakLength: 120, compact: 6 }),
  ].join("\n");
}

/** A problem without its ids and numbers, which differ from plan to plan. */
function kindOf(problem: string): string {
  const [line = ""] = problem.split("\n");
  return line.replace(/kind-\S+/g, "actor").replace(/\d+/g, "n");
}
