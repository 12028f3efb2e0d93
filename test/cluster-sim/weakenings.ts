import type { RunOptions } from "../cluster/simulation/run-seed.ts";

/** A change of the source of one file that takes a protection away. */
export interface SourceChange {
  /** Path in `src`. */
  readonly file: string;
  /** What is there, exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Whether it may be there more than once, and all places are changed. */
  readonly all?: boolean;
}

/** A build without one of its protections. The simulation must find that it is missing. */
export interface Weakening {
  readonly name: string;
  readonly changes: readonly SourceChange[];
  /** Seams of the model that are used instead. */
  readonly options: RunOptions;
  /** Rules of which at least one must be found to be broken. */
  readonly breaks: readonly string[];
}

const RUNNER_LEASE = "cluster/runner/lease.ts";
const CHECKPOINT = "cluster/protocol/checkpoint.ts";

export const WEAKENINGS: readonly Weakening[] = [
  {
    name: "no fence",
    changes: [],
    options: { isFenceless: true },
    breaks: ["fenced_write", "lost_update", "acknowledged_lost"],
  },
  {
    name: "no self-fence",
    changes: [
      {
        file: RUNNER_LEASE,
        find: "if (this.#leftMs(this.#acknowledgedMs) > 0) return true;",
        replace: "return true;",
      },
    ],
    options: {},
    breaks: ["stale_reply"],
  },
  {
    name: "a lease by the wall clock",
    changes: [
      { file: RUNNER_LEASE, find: "clock.monotonicMs()", replace: "clock.epochMs()", all: true },
    ],
    options: {},
    breaks: ["stale_reply"],
  },
  {
    name: "no dedupe",
    changes: [
      {
        file: CHECKPOINT,
        find: "if (next.index <= last.index) return Arrival.Duplicate;",
        replace: "if (next.index <= last.index) return Arrival.Applied;",
      },
    ],
    options: {},
    breaks: ["command_twice", "event_twice"],
  },
  {
    name: "ignore gap",
    changes: [
      {
        file: CHECKPOINT,
        find: "return next.index === last.index + 1 ? Arrival.Applied : Arrival.Gap;",
        replace: "return Arrival.Applied;",
      },
    ],
    options: {},
    breaks: ["command_gap", "event_gap"],
  },
  {
    name: "no outbox",
    changes: [
      {
        file: "cluster/coordinator/placements.ts",
        find: "encodePlacement(next)",
        replace: "encodePlacement({ ...next, outbox: [] })",
      },
    ],
    options: {},
    breaks: ["acknowledged_lost", "not_live"],
  },
  {
    name: "ack before commit",
    changes: [
      {
        file: "cluster/runner/command-intake.ts",
        find: "const outcome = await this.#decide(item.command, item);",
        replace:
          "await item.delivery.ack(); const outcome = await this.#decide(item.command, item);",
      },
    ],
    options: {},
    breaks: ["early_ack"],
  },
  {
    name: "reply before commit",
    changes: [],
    options: { repliesEarly: true },
    breaks: ["acknowledged_lost", "stale_reply", "wrong_reply"],
  },
];
