import { counter } from "./counter.ts";
import { type Finding, openSystem, QUICK, usedBytes } from "./shared.ts";

/* What stays in memory of activations that have ended: nothing, whether their actors sleep or were removed. */

const KEYS = 1_000;
const ROUNDS = QUICK ? 5 : 100;
/** Rounds before the first measurement, for what is allocated once. */
const WARM_UP = QUICK ? 2 : 10;
const GOAL_MIB = 1;

/** Returns how much the heap has grown over the rounds, in MiB. In each round every key is woken, and ends. */
async function growth(end: "sleep" | "destroy"): Promise<number> {
  const system = openSystem();
  const live = async (at: number): Promise<void> => {
    const actor = system.get(counter, `key-${at}`);
    await actor.ask.add(1);
    await actor[end]();
  };
  const round = (): Promise<unknown> =>
    Promise.all(Array.from({ length: KEYS }, (_, at) => live(at)));
  for (let at = 0; at < WARM_UP; at += 1) await round();
  const before = usedBytes();
  for (let at = 0; at < ROUNDS; at += 1) await round();
  const grownMiB = (usedBytes() - before) / 2 ** 20;
  const { active } = system.books();
  await system.shutdown();
  if (active > 0) throw new Error(`${active} actors are awake`);
  return grownMiB;
}

export async function measureActivations(): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const end of ["sleep", "destroy"] as const) {
    const grownMiB = await growth(end);
    findings.push({
      what: `heap after ${KEYS * ROUNDS} activations of ${KEYS} keys that each end with a ${end}`,
      measured: `${grownMiB.toFixed(2)} MiB more`,
      goal: `at most ${GOAL_MIB} MiB more`,
      reached: grownMiB <= GOAL_MIB,
    });
  }
  return findings;
}
