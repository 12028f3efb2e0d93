import { writeFileSync } from "node:fs";
import { catalogue, REFERENCE, type SubjectEntry, subjectEntry } from "./catalogue.ts";
import { installPeers, peerVersion } from "./harness/install-peers.ts";
import type { Lateness } from "./harness/lateness.ts";
import { describeMachine } from "./harness/machine.ts";
import { answerOf } from "./harness/measurement-process.ts";
import { type Plan, type Rounds, runRounds } from "./harness/rounds.ts";
import { effortOf, type Options, readOptions, usage } from "./options.ts";
import { judge, judgeIdleActor, judgeLateness, neededBy, type Verdict } from "./report/check.ts";
import { reportMarkdown, reportText } from "./report/report.ts";
import { peerTargets, type RatioTarget, ratioTargets } from "./targets.ts";
import { works } from "./works/all.ts";
import { WorkId } from "./works/work.ts";

/** `npm run bench`: plans a run, has it measured, prints the tables and writes the results. */
async function main(options: Options): Promise<void> {
  const startedAt = new Date();
  const machine = describeMachine();
  const targets = [...ratioTargets, ...(withPeers(options) ? peerTargets : [])];
  const plan = planOf(options, targets);
  installPeers(plan.subjects, say);
  say(`${plan.subjects.length} subjects, ${plan.works.length} works, ${plan.rounds} rounds`);
  const rounds = await runRounds(plan, say);
  const lateness = await measureLateness(options);
  const run = {
    startedAt,
    command: "npm run bench",
    machine,
    subjects: [subjectEntry(REFERENCE), ...plan.subjects],
    works: plan.works,
    plannedRounds: plan.rounds,
    rounds,
    lateness,
    verdicts: verdictsOf(plan, targets, rounds, lateness, options),
  };
  console.log(`\n${reportText(run)}`);
  if (options.resultsFile !== undefined) {
    writeFileSync(options.resultsFile, reportMarkdown(run));
    say(`\nwritten: ${options.resultsFile}`);
  }
  if (options.check && run.verdicts.some(({ floorHeld }) => !floorHeld)) {
    say("\ncheck failed: a floor was missed or not measured, see the targets above");
    process.exitCode = 1;
  }
}

/** A check wants pairs that are close in time: two subjects beside each reference. */
function planOf(options: Options, targets: readonly RatioTarget[]): Plan {
  const { check, quick, rounds, limitMs } = options;
  const needed = neededBy(targets);
  const includes = (entry: SubjectEntry, work: WorkId): boolean =>
    entry.works.includes(work) && (!check || needed(entry, work));
  const chosen = works.filter(({ id }) => options.works?.includes(id) ?? true);
  const subjects = chosenSubjects(options).filter((entry) =>
    chosen.some(({ id }) => includes(entry, id)),
  );
  return {
    subjects: subjects.map(withVersion),
    works: chosen.filter(({ id }) => subjects.some((entry) => includes(entry, id))),
    includes,
    rounds: check && !quick ? Math.max(5, rounds) : rounds,
    groupSize: check ? 2 : 6,
    effortOf: effortOf(options),
    limitMs,
  };
}

/** @throws RangeError for an id in `--only` that no subject has */
function chosenSubjects(options: Options): readonly SubjectEntry[] {
  const others = catalogue.filter(({ id }) => id !== REFERENCE);
  if (options.only !== undefined) {
    return options.only.filter((id) => id !== REFERENCE).map(subjectEntry);
  }
  return others.filter(({ optIn, peer }) =>
    optIn === true ? options.rivetkit : peer === undefined || withPeers(options),
  );
}

/** A plain check is about limelight alone; `--peers-check` brings the peers it names. */
function withPeers({ peers, check, peersCheck }: Options): boolean {
  return peers && (!check || peersCheck);
}

function withVersion(entry: SubjectEntry): SubjectEntry {
  const version = peerVersion(entry);
  return version === undefined ? entry : { ...entry, label: `${entry.label} ${version}` };
}

/** Runs beside no other process, after the rounds. */
async function measureLateness({
  only,
  works: chosen,
  quick,
}: Options): Promise<readonly Lateness[]> {
  if (only !== undefined || chosen !== undefined) return [];
  const module = new URL("event-loop-lateness.ts", import.meta.url);
  try {
    return await answerOf<readonly Lateness[]>(module, quick ? ["--quick"] : [], 60_000);
  } catch (error) {
    say(`event-loop lateness could not be measured: ${String(error)}`);
    return [];
  }
}

/** Targets of what this run was not asked to measure are left out; failures are not. */
function verdictsOf(
  plan: Plan,
  targets: readonly RatioTarget[],
  { samples }: Rounds,
  lateness: readonly Lateness[],
  { only, works: chosen }: Options,
): readonly Verdict[] {
  const asked = ({ subject, work }: RatioTarget["pair"]): boolean =>
    (subject === REFERENCE || plan.subjects.some(({ id }) => id === subject)) &&
    plan.works.some(({ id }) => id === work);
  const ratios = judge(
    samples,
    targets.filter(({ pair, versus }) => asked(pair) && asked(versus)),
  );
  const idle = asked({ subject: "limelight-on", work: WorkId.Spawn });
  const late = only === undefined && chosen === undefined;
  return [
    ...ratios,
    ...(idle ? [judgeIdleActor(samples)] : []),
    ...(late && lateness.length === 0 ? [judgeLateness("any scenario", undefined)] : []),
    ...lateness.map(({ scenario, p99Ms }) => judgeLateness(scenario, p99Ms)),
  ];
}

function say(line: string): void {
  console.log(line);
}

const options = readOptions(process.argv.slice(2));
if (options === "help") say(usage);
else await main(options);
