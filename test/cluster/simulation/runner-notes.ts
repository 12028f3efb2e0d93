import type { Command } from "../../../src/cluster/protocol/commands.ts";
import type { RunnerObserver } from "../../../src/cluster/runner/runner-observer.ts";
import type { History } from "./history.ts";

/** What the runner of one process has reported: counted, and noted in the history. */
export class RunnerNotes implements RunnerObserver {
  readonly #history: History;
  readonly #runnerId: () => string;
  received = 0;
  ended = 0;
  created = 0;
  eventsDone = 0;
  waiting = 0;
  active = 0;
  fences = 0;
  readonly outcomes: Map<string, number> = new Map();
  readonly failures: Map<string, number> = new Map();

  constructor(history: History, runnerId: () => string) {
    this.#history = history;
    this.#runnerId = runnerId;
  }

  readonly faults: Map<string, number> = new Map();

  /** A link was given up. */
  faulted(fault: string): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }

  /** A message of the log was acknowledged: called by what stands between the runner and its log. */
  acknowledged(command: Command): void {
    this.#note(command, "acknowledged");
  }

  commandReceived(): void {
    this.received += 1;
  }

  commandEnded(outcome: string, command: Command | undefined): void {
    this.ended += 1;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (command !== undefined) this.#note(command, outcome);
  }

  commandRecovered(command: Command): void {
    this.#note(command, "recovered");
  }

  async carryOut(command: Command, _attempt: number, work: () => Promise<void>): Promise<void> {
    await work();
    this.#note(command, "carried_out");
  }

  commandsActive(actors: number): void {
    this.active = actors;
  }

  eventCreated(): void {
    this.created += 1;
  }

  eventsEnded(outcome: string, count: number): void {
    if (outcome !== "resent") this.eventsDone += count;
  }

  eventsWaiting(count: number): void {
    this.waiting = count;
  }

  fenced(): void {
    this.fences += 1;
  }

  writeResolved(): void {}

  failed(what: string, error: unknown): void {
    if (process.env["SIM_TRACE"] !== undefined) {
      process.stdout.write(
        `${Math.round(this.#history.nowMs)} ${this.#runnerId()} ${what}: ${String(error)}\n`,
      );
    }
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
    if (what === "commands are missing for good") this.#history.errors.push(what);
  }

  statusChanged(): void {}
  readinessChanged(): void {}
  leaseChanged(): void {}
  heartbeatAcknowledged(): void {}
  heartbeatFailed(): void {}
  healthChanged(): void {}
  drained(): void {}

  #note({ id, checkpoint }: Command, fact: string): void {
    const { address, generation, index } = checkpoint;
    const atMs = this.#history.nowMs;
    const runnerId = this.#runnerId();
    this.#history.commands.push({ atMs, runnerId, address, generation, index, id, fact });
  }
}
