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
  /** Seeds in which that must be found. Default 40. */
  readonly within?: number;
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
  {
    name: "calls repeated that may have been handled",
    changes: [
      {
        file: "cluster/routing/flights.ts",
        find: "else this.#failed(outgoing, Unknown, lost(outgoing, route.runnerId, error), true);",
        replace: "else this.#elsewhere(outgoing, route, error);",
      },
    ],
    options: {},
    breaks: ["sent_twice"],
  },
  {
    name: "links that ignore missing parts",
    changes: [
      {
        file: "cluster/links/link-stream.ts",
        find: "if (part.number !== this.#number + 1) {",
        replace: "if (part.number < this.#number) {",
      },
    ],
    options: {},
    breaks: ["event_missed"],
  },
  {
    name: "links that do not notice lost ends",
    changes: [
      {
        file: "cluster/links/link-stream.ts",
        find: "if (part.number !== this.#number) this.break(LinkFault.Incomplete);",
        replace: "",
      },
    ],
    options: {},
    breaks: ["event_unseen"],
    within: 80,
  },
  {
    name: "events acknowledged before they are written",
    changes: [
      {
        file: "cluster/coordinator/event-intake.ts",
        find: "applied = await this.#write(address, received);",
        replace:
          "for (const { delivery } of received) this.#end(delivery.ack(), 'weak'); applied = await this.#write(address, received);",
      },
    ],
    options: {},
    breaks: ["early_event_ack"],
  },
  {
    name: "no dedupe of signals",
    changes: [
      {
        file: "cluster/runner/actor-commands.ts",
        find: "carriedOut.add(id);",
        replace: "",
      },
    ],
    options: {},
    breaks: ["signal_twice"],
  },
  {
    name: "starts that create what was destroyed",
    changes: [
      {
        file: "cluster/runner/actor-commands.ts",
        find: "isCurrent: () => this.#isPlaced(command),",
        replace: "isCurrent: async () => (await this.#isPlaced(command)) || true,",
      },
    ],
    options: {},
    breaks: ["old_start", "destroyed_back"],
  },
];
