import type {
  HostListener,
  StartOrder,
  StartOutcome,
} from "../../src/activation/hosting/actor-host.ts";
import type { ActorOperation, OperationResults } from "../../src/activation/placement/placement.ts";
import type { DueEntry, Owner } from "../../src/activation/records/record-keys.ts";
import { Deferred } from "../../src/base/async/deferred.ts";
import { ClusterError, ErrorCode } from "../../src/base/errors.ts";
import { addressOf } from "../../src/cluster/protocol/address.ts";
import type { RunnerHost } from "../../src/cluster/runner/actor-commands.ts";
import { StopReason } from "../../src/telemetry/attributes.ts";

/** An actor of a {@link ModelHost}. */
interface ModelActor {
  readonly owner: Owner;
  readonly generation: number;
  readonly input: unknown;
}

/** The claims of all processes: the generation that is stored for each address. */
export type Claims = Map<string, number>;

/**
 * A model of the keyed actors of a process. Tests change what its methods do; by default everything works at once. What was
 * called is in `calls`, in order.
 */
export class ModelHost implements RunnerHost {
  readonly calls: string[] = [];
  readonly actors: Map<string, ModelActor> = new Map();
  /** What the last start of each address may ask of its placement. */
  readonly asks: Map<string, () => Promise<boolean>> = new Map();
  readonly names: Set<string>;
  readonly #claims: Claims;
  #listener: HostListener | undefined;
  /** Waits before a start has an outcome, and may give it. */
  beforeStart: (address: string, generation: number) => Promise<StartOutcome | undefined> =
    async () => undefined;
  /** Waits before an actor has ended. */
  beforeStop: (address: string, deadlineMs: number) => Promise<void> = async () => {};
  /** Waits before an operation or due entry is done, and may reject. */
  beforeSignal: (address: string, signal: string) => Promise<void> = async () => {};

  /** Waits before a due entry is done, and may reject. */
  beforeFire: (id: string) => Promise<void> = async () => {};

  constructor(types: Iterable<string> = ["cart"], claims: Claims = new Map()) {
    this.names = new Set(types);
    this.#claims = claims;
  }

  listen(listener: HostListener): void {
    this.#listener = listener;
  }

  types(): Iterable<string> {
    return this.names;
  }

  /** Defines a type. */
  define(type: string): void {
    this.names.add(type);
    this.#listener?.typeDefined(type);
  }

  async start(owner: Owner, { generation, input, isCurrent }: StartOrder): Promise<StartOutcome> {
    const address = addressOf(owner);
    if (isCurrent !== undefined) this.asks.set(address, isCurrent);
    this.calls.push(`start ${address} ${generation}`);
    if (!this.names.has(owner.type)) return { outcome: "refused", why: "unknown_type" };
    this.fence(owner);
    const actor: ModelActor = { owner, generation, input };
    this.actors.set(address, actor);
    const outcome = await this.beforeStart(address, generation);
    if (this.actors.get(address) !== actor) return { outcome: "ended", reason: StopReason.Fenced };
    const found = this.#claims.get(address) ?? 0;
    if (outcome !== undefined) {
      this.#end(actor, StopReason.StartFailed);
      return outcome;
    }
    if (found >= generation) {
      this.#end(actor, StopReason.StartFailed);
      return { outcome: "stale", storedGeneration: found };
    }
    this.#claims.set(address, generation);
    this.calls.push(`running ${address} ${generation}`);
    return { outcome: "running" };
  }

  async stop(owner: Owner, reason: StopReason, deadlineMs: number): Promise<void> {
    const address = addressOf(owner);
    const actor = this.actors.get(address);
    this.calls.push(`stop ${address} ${reason}`);
    await this.beforeStop(address, deadlineMs);
    if (actor !== undefined) this.#end(actor, reason);
  }

  fence(owner: Owner): void {
    const actor = this.actors.get(addressOf(owner));
    if (actor === undefined) return;
    this.calls.push(`fence ${addressOf(owner)}`);
    this.#end(actor, StopReason.Fenced);
  }

  fenceAll(): void {
    for (const { owner } of [...this.actors.values()]) this.fence(owner);
  }

  async perform<Operation extends ActorOperation>(
    owner: Owner,
    operation: Operation,
  ): Promise<OperationResults[Operation]> {
    const address = addressOf(owner);
    this.calls.push(`${operation} ${address}`);
    await this.beforeSignal(address, operation);
    const actor = this.actors.get(address);
    if (operation === "wake") {
      if (actor === undefined) throw new ClusterError("not here", { code: ErrorCode.NotOwner });
    } else if (actor !== undefined) {
      this.#end(actor, operation === "destroy" ? StopReason.Destroyed : StopReason.Requested);
    }
    return undefined as OperationResults[Operation]; // runners ignore it
  }

  async fire({ owner, id }: DueEntry): Promise<void> {
    const address = addressOf(owner);
    await this.beforeSignal(address, "wake");
    await this.beforeFire(id);
    this.calls.push(`fire ${address} ${id}`);
  }

  /** An actor ends by itself. */
  endsItself(address: string, reason: StopReason = StopReason.Idle): void {
    const actor = this.actors.get(address);
    if (actor !== undefined) this.#end(actor, reason);
  }

  #end(actor: ModelActor, reason: StopReason): void {
    const address = addressOf(actor.owner);
    if (this.actors.get(address) !== actor) return;
    this.actors.delete(address);
    this.#listener?.ended(actor.owner, actor.generation, reason);
  }
}

/** A gate that a {@link ModelHost} waits at until the test opens it. */
export class HostGate {
  readonly #opened = new Deferred<void>();

  open(): void {
    this.#opened.resolve();
  }

  get opened(): Promise<undefined> {
    return this.#opened.promise.then(() => undefined);
  }
}
