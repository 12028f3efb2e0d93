import { parseArgs } from "node:util";
import type { Effort } from "./harness/measure.ts";
import { WorkId } from "./works/work.ts";

/** What a run of the bench was asked for. */
export interface Options {
  readonly rounds: number;
  /** The run starts nothing new after this. */
  readonly limitMs: number;
  /** Subject ids; undefined for all. */
  readonly only: readonly string[] | undefined;
  /** Work ids; undefined for all. */
  readonly works: readonly WorkId[] | undefined;
  readonly quick: boolean;
  readonly peers: boolean;
  readonly rivetkit: boolean;
  /** Hold limelight against its floors and exit with 1 below one. */
  readonly check: boolean;
  /** The same with the targets against the peers. */
  readonly peersCheck: boolean;
  /** Where the results go; undefined to leave `results.md` alone. */
  readonly resultsFile: string | undefined;
}

export const usage: string = `npm run bench -- [options]
  --rounds N       rounds of interleaved processes (default 4; --check 5, --quick 1)
  --minutes N      start nothing new after N minutes (default 20)
  --only a,b       only these subjects, and the reference
  --work a,b       only these works: ${Object.values(WorkId).join(", ")}
  --quick          few operations: shows that everything runs, says nothing about speed
  --no-peers       leave the peers out
  --rivetkit       also rivetkit, which starts an engine of its own on loopback
  --check          hold limelight against its floors (at least 5 pairs), exit with 1 below one
  --peers-check    the same with the floors against nact, effect and comedy
  --out FILE       write the results there (default bench/results.md, after a whole run only)`;

/** @throws TypeError or RangeError for options it does not know */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string" },
      minutes: { type: "string", default: "20" },
      only: { type: "string" },
      work: { type: "string" },
      quick: { type: "boolean", default: false },
      "no-peers": { type: "boolean", default: false },
      rivetkit: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      "peers-check": { type: "boolean", default: false },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const check = values.check || values["peers-check"];
  const whole =
    values.only === undefined &&
    values.work === undefined &&
    !values.quick &&
    !values["no-peers"] &&
    !check;
  return {
    rounds: positive("rounds", values.rounds ?? (values.quick ? "1" : check ? "5" : "4")),
    limitMs: positive("minutes", values.minutes) * 60_000,
    only: values.only?.split(","),
    works: values.work?.split(",").map(workId),
    quick: values.quick,
    peers: !values["no-peers"],
    rivetkit: values.rivetkit,
    check,
    peersCheck: values["peers-check"],
    resultsFile:
      values.out ?? (whole ? new URL("results.md", import.meta.url).pathname : undefined),
  };
}

/** Peers are larger programs: some still get twice as fast in the first second. */
export function effortOf({ quick }: Options): (subject: { readonly peer?: string }) => Effort {
  if (quick) return () => ({ repetitions: 1, warmUpMs: 20, repetitionMs: 50, maxOps: 20_000 });
  const own = {
    repetitions: 5,
    warmUpMs: 1_500,
    repetitionMs: 250,
    maxOps: Number.MAX_SAFE_INTEGER,
  };
  const peers = { ...own, repetitions: 2, warmUpMs: 800 };
  return ({ peer }) => (peer === undefined ? own : peers);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`--${name} must be a positive number, not ${text}`);
  return value;
}

function workId(text: string): WorkId {
  const known = Object.values(WorkId).find((id) => id === text);
  if (known === undefined) throw new RangeError(`no work is called ${text}`);
  return known;
}
