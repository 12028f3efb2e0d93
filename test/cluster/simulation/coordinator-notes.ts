import type { CoordinatorObserver } from "../../../src/cluster/coordinator/coordinator-observer.ts";
import type { EventBatch } from "../../../src/cluster/protocol/events.ts";
import type { History } from "./history.ts";

/** What the coordinator of one process has reported: counted, and noted in the history. */
export class CoordinatorNotes implements CoordinatorObserver {
  readonly #history: History;
  readonly #name: string;
  /** Number of events of a batch of which it was told what has become of them. */
  readonly #told = new WeakMap<EventBatch, number>();
  terms = 0;
  waiting = 0;
  readonly placements: Map<string, number> = new Map();
  readonly failures: Map<string, number> = new Map();
  readonly arrivals: Map<string, number> = new Map();

  constructor(history: History, name: string) {
    this.#history = history;
    this.#name = name;
  }

  termBegun(): void {
    this.terms += 1;
  }

  waitingAre(requests: number): void {
    this.waiting = requests;
  }

  placed({ reason }: { readonly reason: string }): void {
    this.placements.set(reason, (this.placements.get(reason) ?? 0) + 1);
  }

  eventsArrived(outcome: string, count: number, batch: EventBatch | undefined): void {
    this.arrivals.set(outcome, (this.arrivals.get(outcome) ?? 0) + count);
    if (batch === undefined) return;
    const { address, generation, events } = batch;
    // What has become of a batch is told in the order of its events: first those that were applied before, and so on.
    const from = this.#told.get(batch) ?? 0;
    this.#told.set(batch, from + count);
    const indices = events.slice(from, from + count).map(({ index }) => index);
    const atMs = this.#history.nowMs;
    this.#history.events.push({
      atMs,
      coordinator: this.#name,
      address,
      generation,
      indices,
      outcome,
    });
  }

  gapEnded(batch: EventBatch, missing: number, isRecovered: boolean): void {
    if (isRecovered) return;
    this.#history.errors.push(`${missing} events of ${batch.address} are lost`);
  }

  async applyEvents(
    _batches: readonly EventBatch[],
    _attempt: number,
    work: () => Promise<void>,
  ): Promise<void> {
    await work();
  }

  writeResolved(): void {}

  failed(what: string, error: unknown): void {
    if (process.env["SIM_TRACE"] !== undefined) {
      process.stdout.write(
        `${Math.round(this.#history.nowMs)} ${this.#name} coordinator: ${what}: ${String(error)}\n`,
      );
    }
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
  }

  eventsWaitingAre(): void {}
  coordinatorSeen(): void {}
  termEnded(): void {}
  runnerChanged(): void {}
  runnerCleared(): void {}
  runnersAre(): void {}
  evictionChanged(): void {}
  evictedAre(): void {}
  placementsAre(): void {}
  started(): void {}
  failedOver(): void {}
  gaveUp(): void {}
  refused(): void {}
  commandsSent(): void {}
  signalCarried(): void {}
  commandDropped(): void {}
  eventApplied(): void {}
}
