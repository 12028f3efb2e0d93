import { REFERENCE, type SubjectEntry, subjectEntry } from "../catalogue.ts";
import type { Work, WorkId } from "../works/work.ts";
import type { Effort, Measurement } from "./measure.ts";
import { answerOf } from "./measurement-process.ts";
import { Samples } from "./samples.ts";

export interface Plan {
  /** Without the reference, which is measured in every group anyway. */
  readonly subjects: readonly SubjectEntry[];
  readonly works: readonly Work[];
  readonly includes: (subject: SubjectEntry, work: WorkId) => boolean;
  readonly rounds: number;
  /** Subjects measured beside one measurement of the reference. */
  readonly groupSize: number;
  readonly effortOf: (subject: SubjectEntry) => Effort;
  readonly limitMs: number;
}

export interface Rounds {
  readonly samples: Samples;
  /** Rounds that were completed. */
  readonly completed: number;
  readonly elapsedMs: number;
}

/** A process that takes longer is given up: a subject that hangs must not hang the run. */
const PROCESS_TIMEOUT_MS = 60_000;
const childModule = new URL("./child.ts", import.meta.url);

/** Measures everything round by round until the rounds are done or the time is up. */
export async function runRounds(plan: Plan, say: (line: string) => void): Promise<Rounds> {
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  const samples = new Samples();
  let completed = 0;
  let longestRoundMs = 0;
  for (let round = 1; round <= plan.rounds; round++) {
    if (elapsed() + longestRoundMs > plan.limitMs) break;
    const roundStarted = elapsed();
    for (const work of plan.works) {
      if (elapsed() > plan.limitMs) break;
      const done = await runWork(plan, work, round, samples, () => elapsed() > plan.limitMs);
      const at = `[${clockTime(elapsed())} of at most ${clockTime(plan.limitMs)}]`;
      if (done > 0) say(`${at} round ${round}/${plan.rounds}: ${work.id}, ${done} processes`);
    }
    longestRoundMs = Math.max(longestRoundMs, elapsed() - roundStarted);
    if (elapsed() <= plan.limitMs) completed = round;
  }
  return { samples, completed, elapsedMs: elapsed() };
}

/** One work of one round, group by group; returns how many processes ran. */
async function runWork(
  plan: Plan,
  work: Work,
  round: number,
  samples: Samples,
  overdue: () => boolean,
): Promise<number> {
  const subjects = plan.subjects.filter(
    (entry) =>
      plan.includes(entry, work.id) &&
      samples.failure({ subject: entry.id, work: work.id }) === undefined,
  );
  const reference = subjectEntry(REFERENCE);
  let processes = 0;
  for (const group of chunks(subjects, plan.groupSize)) {
    if (overdue()) break;
    await runGroup([reference, ...group], work, round, plan.effortOf, samples);
    processes += 1 + group.length;
  }
  return processes;
}

/** Every second round runs backwards, so that a machine that grows slower favours nobody. */
async function runGroup(
  group: readonly SubjectEntry[],
  work: Work,
  round: number,
  effortOf: Plan["effortOf"],
  samples: Samples,
): Promise<void> {
  const measured = new Map<string, Measurement>();
  for (const entry of round % 2 === 1 ? group : group.toReversed()) {
    const { id } = entry;
    const args = [id, work.id, JSON.stringify(effortOf(entry))];
    try {
      measured.set(id, await answerOf<Measurement>(childModule, args, PROCESS_TIMEOUT_MS));
    } catch (error) {
      samples.fail({ subject: id, work: work.id }, String(error));
    }
  }
  const reference = measured.get(REFERENCE);
  if (reference === undefined) return;
  for (const [subject, measurement] of measured) {
    samples.add({ subject, work: work.id }, { round, measurement, reference });
  }
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** `75_000` → `1:15`. */
export function clockTime(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
