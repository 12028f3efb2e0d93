import type {
  ActorHost,
  HostListener,
  RunningActor,
  StartOrder,
  StartOutcome,
} from "../../activation/hosting/actor-host.ts";
import type { ActorOperation, OperationResults } from "../../activation/placement/placement.ts";
import type { DueEntry, Owner } from "../../activation/records/record-keys.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import type { Arrivals } from "../calls/arrivals.ts";
import { addressOf } from "../protocol/address.ts";

/** The keyed actors of a process, which end the waits for them when they have started. */
export class HostedActors implements ActorHost {
  readonly #host: ActorHost;
  readonly #arrivals: Arrivals;

  constructor(host: ActorHost, arrivals: Arrivals) {
    this.#host = host;
    this.#arrivals = arrivals;
  }

  async start(owner: Owner, order: StartOrder): Promise<StartOutcome> {
    const address = addressOf(owner);
    const starting = this.#host.start(owner, order);
    // Its mailbox takes messages in the turn in which it begins to start.
    this.#arrivals.began(address, order.generation);
    const started = await starting;
    if (started.outcome !== "running") this.#arrivals.ended(address, order.generation);
    return started;
  }

  async stop(owner: Owner, reason: StopReason, deadlineMs: number): Promise<void> {
    await this.#host.stop(owner, reason, deadlineMs);
  }

  fence(owner: Owner): void {
    this.#host.fence(owner);
  }

  fenceAll(): void {
    this.#host.fenceAll();
    this.#arrivals.clear();
  }

  running(): Iterable<RunningActor> {
    return this.#host.running();
  }

  types(): Iterable<string> {
    return this.#host.types();
  }

  stopLimitMs(type: string): number | undefined {
    return this.#host.stopLimitMs(type);
  }

  async perform<Operation extends ActorOperation>(
    owner: Owner,
    operation: Operation,
  ): Promise<OperationResults[Operation]> {
    return await this.#host.perform(owner, operation);
  }

  async fire(entry: DueEntry): Promise<void> {
    await this.#host.fire(entry);
  }

  scan(): void {
    this.#host.scan();
  }

  endScan(): void {
    this.#host.endScan();
  }

  noticeDue(dueAtMs: number): void {
    this.#host.noticeDue(dueAtMs);
  }

  listen({ ended, typeDefined }: HostListener): void {
    this.#host.listen({
      ended: (owner, generation, reason) => {
        this.#arrivals.ended(addressOf(owner), generation);
        ended(owner, generation, reason);
      },
      typeDefined,
    });
  }
}
