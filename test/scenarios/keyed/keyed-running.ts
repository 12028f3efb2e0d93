import { inspect } from "node:util";
import { drawKeyedPlan, type KeyedPlan } from "./keyed-plan.ts";
import { KeyedPlay } from "./keyed-play.ts";

/** Most plans that are performed to find a smaller one. */
const SHRINKING = 200;

/** Performs a plan. Returns what did not hold. */
async function perform(plan: KeyedPlan, codes: Map<unknown, number>): Promise<readonly string[]> {
  const play = new KeyedPlay(plan);
  const onFault = (error: unknown): void =>
    play.problem(`unhandled: ${String((error as Error)?.stack ?? error)}`);
  process.on("unhandledRejection", onFault);
  try {
    await play.perform();
  } catch (error) {
    play.problem(`the scenario itself failed: ${String((error as Error).stack ?? error)}`);
  } finally {
    process.off("unhandledRejection", onFault);
  }
  for (const [code, count] of play.codes) codes.set(code, (codes.get(code) ?? 0) + count);
  return play.problems;
}

/** Performs `count` scenarios, up to the first one in which something did not hold, which is described. */
export async function runKeyedScenarios(
  count: number,
  seed: number,
): Promise<{ readonly failure: string | undefined; readonly text: string }> {
  const codes = new Map<unknown, number>();
  for (let current = seed; current < seed + count; current += 1) {
    const plan = drawKeyedPlan(current);
    const problems = await perform(plan, codes);
    if (problems.length > 0) return { failure: await describe(plan, problems), text: "" };
  }
  const text = [...codes].map(([code, times]) => `${String(code)} ${times}`).join(", ");
  return {
    failure: undefined,
    text: `${count} scenarios of keyed actors from seed ${seed}: ${text}`,
  };
}

/** A problem without its ids and numbers, which differ from plan to plan. */
function kindOf(problem = ""): string {
  return problem.replace(/\d+/g, "n").slice(0, 40);
}

async function describe(plan: KeyedPlan, problems: readonly string[]): Promise<string> {
  let smallest = plan;
  let left = SHRINKING;
  for (let size = Math.ceil(plan.steps.length / 2); size >= 1 && left > 0; ) {
    let found = false;
    for (let at = 0; at < smallest.steps.length && left > 0; at += size) {
      const smaller = { ...smallest, steps: smallest.steps.toSpliced(at, size) };
      left -= 1;
      const [problem] = await perform(smaller, new Map());
      if (problem === undefined || kindOf(problem) !== kindOf(problems[0])) continue;
      smallest = smaller;
      found = true;
      break;
    }
    if (!found) size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  const steps = smallest.steps.map((step) => inspect(step, { breakLength: Infinity }));
  return [
    `scenario ${plan.seed}, with maxResident ${plan.maxResident}:`,
    ...problems,
    "smaller:",
    ...steps,
  ].join("\n");
}
