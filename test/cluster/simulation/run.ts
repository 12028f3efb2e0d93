import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { type RunResult, runSeed } from "./run-seed.ts";

/*
 * Runs many seeds of the simulation, in two processes. Prints those that break a rule, and how to repeat one:
 *
 *   npm run cluster-sim                          1,000 seeds
 *   npm run cluster-sim -- --seeds 50 --from 200
 *   npm run cluster-sim -- --seed 123            one seed, with what has happened
 */

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    processes: { type: "string", default: "2" },
    /** Of a process that runs a part: `<first>,<step>,<last>`. */
    part: { type: "string" },
  },
});

/** What a process that runs a part tells of each seed. */
interface Report {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function reportOf({ seed, violations, counts }: RunResult): Report {
  const texts = violations.map(({ rule, text }) => `${rule}: ${text}`);
  return { seed, violations: texts, counts: Object.fromEntries(counts) };
}

async function runOne(seed: number): Promise<void> {
  const report = reportOf(await runSeed(seed));
  for (const [what, count] of Object.entries(report.counts).sort()) print(`${what}: ${count}`);
  for (const violation of report.violations) print(violation);
  print(`seed ${seed}: ${report.violations.length} violations`);
  process.exitCode = report.violations.length > 0 ? 1 : 0;
}

async function runPart(part: string): Promise<void> {
  const [first = 1, step = 1, last = 0] = part.split(",").map(Number);
  for (let seed = first; seed <= last; seed += step) {
    process.send?.(reportOf(await runSeed(seed)));
  }
  process.disconnect();
}

async function runAll(): Promise<void> {
  const [from, processes] = [Number(values.from), Number(values.processes)];
  const last = from + Number(values.seeds) - 1;
  const failed: number[] = [];
  const totals = new Map<string, number>();
  let done = 0;
  const children = Array.from({ length: processes }, (_, at) => {
    const part = [from + at, processes, last].join(",");
    const child = fork(import.meta.filename, ["--part", part]);
    child.on("message", (message) => {
      const { seed, violations, counts } = message as Report;
      done += 1;
      for (const [what, count] of Object.entries(counts)) {
        totals.set(what, (totals.get(what) ?? 0) + count);
      }
      if (violations.length === 0) return;
      failed.push(seed);
      print(`seed ${seed} breaks ${violations.length} rules, such as ${violations[0]}`);
    });
    return once(child, "exit");
  });
  await Promise.all(children);
  for (const [what, count] of [...totals].sort()) print(`${what}: ${count}`);
  print(`${done} seeds, ${failed.length} failed`);
  if (failed.length > 0) {
    failed.sort((one, other) => one - other);
    print(`failed: ${failed.join(" ")}; repeat one with --seed ${failed[0]}`);
  }
  process.exitCode = failed.length > 0 || done < last - from + 1 ? 1 : 0;
}

if (values.part !== undefined) await runPart(values.part);
else if (values.seed !== undefined) await runOne(Number(values.seed));
else await runAll();
