import type { SubjectEntry } from "../catalogue.ts";
import type { Lateness } from "../harness/lateness.ts";
import { describeLateness } from "../harness/lateness.ts";
import type { Machine } from "../harness/machine.ts";
import { clockTime, type Rounds } from "../harness/rounds.ts";
import type { Work } from "../works/work.ts";
import type { Verdict } from "./check.ts";
import { findings, method } from "./notes.ts";
import { asMarkdown, asText, type Table, table } from "./table.ts";

/** A finished run, as the console and `results.md` need it. */
export interface Run {
  readonly startedAt: Date;
  readonly command: string;
  readonly machine: Machine;
  /** The reference first. */
  readonly subjects: readonly SubjectEntry[];
  readonly works: readonly Work[];
  readonly plannedRounds: number;
  readonly rounds: Rounds;
  readonly lateness: readonly Lateness[];
  readonly verdicts: readonly Verdict[];
}

export function reportText(run: Run): string {
  const { subjects, works, rounds } = run;
  return [
    ...tables(run).map(asText),
    ...(run.verdicts.length > 0 ? [asText(verdictTable(run.verdicts))] : []),
    [...run.lateness.map(describeLateness), ...conditions(run)].join("\n"),
    findings(subjects, works, rounds.samples).join("\n"),
  ].join("\n\n");
}

export function reportMarkdown(run: Run): string {
  const { subjects, works, rounds } = run;
  return `${[
    "# Benchmark results",
    `Written by \`${run.command}\`; do not edit.`,
    list(conditions(run)),
    ...tables(run).flatMap((part) => [`## ${part.title}`, asMarkdown(part)]),
    ...(run.verdicts.length > 0
      ? [
          "## Targets",
          "Medians of pairwise ratios of CPU time.",
          asMarkdown(verdictTable(run.verdicts)),
        ]
      : []),
    ...(run.lateness.length > 0
      ? [
          "## Event loop",
          "A 10 ms timer beside actors that never pause.",
          list(run.lateness.map(describeLateness)),
        ]
      : []),
    "## The works",
    list(works.map(({ id, description }) => `\`${id}\`: ${description}`)),
    "## Notes",
    list([...findings(subjects, works, rounds.samples), ...method]),
  ].join("\n\n")}\n`;
}

/** Subjects that run the receiver on the sender's stack get a table of their own. */
function tables({ subjects, works, rounds }: Run): readonly Table[] {
  const apart = subjects.filter((subject) => subject.onSendersStack === true);
  const queued = subjects.filter((subject) => subject.onSendersStack !== true);
  const parts = [table("Ratios to a plain microtask mailbox", queued, works, rounds.samples)];
  if (apart.length === 0) return parts;
  const title = "Apart: the receiver runs on the sender's stack, nothing is queued";
  return [...parts, table(title, apart, works, rounds.samples)];
}

function verdictTable(verdicts: readonly Verdict[]): Table {
  return {
    title: "Targets (medians of pairwise ratios of CPU time)",
    head: ["target", "verdict", "measured", "floor", "goal"],
    rows: verdicts.map((verdict) => [
      verdict.what,
      verdictWord(verdict),
      verdict.measured ?? "not measured",
      verdict.floor,
      verdict.goal,
    ]),
  };
}

function verdictWord({ measured, floorHeld, goalReached }: Verdict): string {
  if (measured === undefined) return "NOT MEASURED";
  if (goalReached) return "goal reached";
  return floorHeld ? "above floor" : "BELOW FLOOR";
}

function conditions({ startedAt, machine, rounds, plannedRounds }: Run): readonly string[] {
  const { cpu, cores, memoryGiB, system, node, v8, loadBefore } = machine;
  const done = `${rounds.completed} of ${plannedRounds} rounds complete in ${clockTime(rounds.elapsedMs)}`;
  return [
    `Machine: ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; load before the run ${loadBefore.toFixed(2)}`,
    `Node ${node} (V8 ${v8})`,
    `Date: ${startedAt.toISOString().slice(0, 16).replace("T", " ")} UTC; ${done}`,
  ];
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
