import type { ConnectAnswer, ConnectRequest, Outlet } from "../../../src/activation/access/link.ts";
import type {
  ActorHost,
  HostListener,
  RunningActor,
  StartOrder,
  StartOutcome,
} from "../../../src/activation/hosting/actor-host.ts";
import {
  ActorOperation,
  type OperationResults,
} from "../../../src/activation/placement/placement.ts";
import type { DueEntry, Owner } from "../../../src/activation/records/record-keys.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../../src/base/errors.ts";
import { wait } from "../../../src/cluster/engine/wait.ts";
import { addressOf } from "../../../src/cluster/protocol/address.ts";
import type { Random } from "../../../src/cluster/sim/random.ts";
import type { Store } from "../../../src/store/contract/store.ts";
import { StopReason } from "../../../src/telemetry/attributes.ts";
import type { ConnectionNotes } from "./connections/connection-notes.ts";
import { type MessageKind, ModelActor, type ModelAnswer } from "./model-actor.ts";
import { decodeRecord, EMPTY_RECORD, encodeRecord, recordKey } from "./model-record.ts";

/** What a {@link ModelHost} works with. */
export interface ModelHostParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Name of the process. */
  readonly name: string;
  readonly types: readonly string[];
  /** A due entry was given to its actor, which has done what it asks for. */
  readonly fired: (address: string, id: string) => void;
  /** The start of an actor has begun. */
  readonly started: (address: string, generation: number) => void;
  readonly newId: () => string;
  /** Share of starts that fail. */
  readonly failingStarts: () => number;
  /** Share of messages after which an actor ends by itself. */
  readonly idleEnds: () => number;
  readonly repliesEarly: boolean;
  readonly connections: ConnectionNotes;
}

/** Models of keyed actors, in place of those of a system. */
export class ModelHost implements ActorHost {
  readonly #parts: ModelHostParts;
  readonly #actors = new Map<string, ModelActor>();
  readonly #sinceMs = new Map<ModelActor, number>();
  #listener: HostListener | undefined;

  constructor(parts: ModelHostParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#actors.size;
  }

  /** Number of connections of all actors. */
  get connections(): number {
    let connections = 0;
    for (const actor of this.#actors.values()) connections += actor.connections;
    return connections;
  }

  async start(owner: Owner, order: StartOrder): Promise<StartOutcome> {
    const { generation } = order;
    const { types, random, failingStarts, clock, store, name, newId, repliesEarly, connections } =
      this.#parts;
    if (!types.includes(owner.type)) return { outcome: "refused", why: "unknown_type" };
    const address = addressOf(owner);
    this.#parts.started(address, generation);
    this.#actors.get(address)?.fence();
    const actor = new ModelActor({
      owner,
      generation,
      store,
      clock,
      writer: name,
      newId,
      repliesEarly,
      connections,
      ended: (ended, reason) => this.#ended(address, ended, reason),
    });
    this.#actors.set(address, actor);
    this.#sinceMs.set(actor, clock.monotonicMs());
    if (random.chance(failingStarts())) {
      await wait(clock, random.between(0, 200));
      actor.fence();
      const text = "the start of a model fails now and then";
      return { outcome: "failed", error: new ClusterError(text, { code: ErrorCode.StartFailed }) };
    }
    const claim = await actor.claim(order);
    if (actor.isEnded) return { outcome: "ended", reason: StopReason.Fenced };
    switch (claim.outcome) {
      case "held":
        return { outcome: "running" };
      case "stale":
        actor.fence();
        return { outcome: "stale", storedGeneration: claim.storedGeneration };
      case "absent":
        actor.fence();
        return { outcome: "absent" };
      case "failed":
        actor.fence();
        return { outcome: "failed", error: claim.error };
    }
  }

  async stop(owner: Owner, reason: StopReason, deadlineMs: number): Promise<void> {
    const actor = this.#actors.get(addressOf(owner));
    if (actor === undefined) return;
    actor.stop(reason);
    const { clock } = this.#parts;
    const untilMs = clock.monotonicMs() + deadlineMs;
    while (!actor.isEnded && clock.monotonicMs() < untilMs) await wait(clock, 50);
    actor.fence();
  }

  fence(owner: Owner): void {
    this.#actors.get(addressOf(owner))?.fence();
  }

  fenceAll(): void {
    for (const actor of [...this.#actors.values()]) actor.fence();
  }

  *running(): Iterable<RunningActor> {
    for (const actor of this.#actors.values()) {
      const { owner, generation, isEnding } = actor;
      const sinceMs = this.#sinceMs.get(actor) ?? 0;
      yield { owner, generation, sinceMs, ending: isEnding };
    }
  }

  stopLimitMs(): undefined {
    return undefined;
  }

  types(): Iterable<string> {
    return this.#parts.types;
  }

  async perform<Operation extends ActorOperation>(
    owner: Owner,
    operation: Operation,
  ): Promise<OperationResults[Operation]> {
    const actor = this.#actors.get(addressOf(owner));
    switch (operation as ActorOperation) {
      case ActorOperation.Wake:
        if (actor === undefined) throw notHere(owner);
        break;
      case ActorOperation.Sleep:
        actor?.stop(StopReason.Requested);
        break;
      case ActorOperation.Kill:
        actor?.stop(StopReason.Killed);
        break;
      case ActorOperation.Destroy:
        return (await this.#destroy(owner, actor)) as OperationResults[Operation];
      case ActorOperation.WhenStopped:
        throw notHere(owner); // no model of these
    }
    return undefined as OperationResults[Operation];
  }

  /** Resolves with whether there was such an actor. */
  async #destroy(owner: Owner, actor: ModelActor | undefined): Promise<boolean> {
    if (actor !== undefined) {
      return await new Promise((resolve, reject) => {
        actor.push("destroy", "", { reply: () => resolve(true), fail: reject });
      });
    }
    const { store, name, newId } = this.#parts;
    for (;;) {
      const entry = await store.get(recordKey(owner));
      const found = entry && decodeRecord(entry.value);
      if (entry === undefined || found === undefined || found.isDestroyed === true) return false;
      const { generation } = found;
      const next = { ...EMPTY_RECORD, generation, writer: name, writeId: newId() };
      const value = encodeRecord({ ...next, isDestroyed: true });
      try {
        await store.put(recordKey(owner), value, { expectedRevision: entry.revision });
        return true;
      } catch (error) {
        if (!LimelightError.is(error) || error.code !== ErrorCode.StoreConflict) throw error;
      }
    }
  }

  /** What is due is done once: the effect is stored under the id of the entry. */
  async fire({ owner, id }: DueEntry): Promise<void> {
    const actor = this.#actors.get(addressOf(owner));
    if (actor === undefined) throw notHere(owner);
    await new Promise<void>((resolve, reject) => {
      actor.push("append", id, { reply: () => resolve(), fail: (error) => reject(error) });
    });
    this.#parts.fired(addressOf(owner), id);
  }

  scan(): void {}

  endScan(): void {}

  noticeDue(): void {}

  listen(listener: HostListener): void {
    this.#listener = listener;
  }

  /** Whether an actor is here that takes messages. */
  has(owner: Owner): boolean {
    return this.#actors.get(addressOf(owner))?.isEnding === false;
  }

  /** Gives a message to an actor of this process. */
  deliver(owner: Owner, kind: MessageKind, id: string, answer: ModelAnswer): void {
    const actor = this.#actors.get(addressOf(owner));
    if (actor === undefined) {
      answer.fail(notHere(owner), false);
      return;
    }
    actor.push(kind, id, answer);
    const { random, idleEnds } = this.#parts;
    if (random.chance(idleEnds())) actor.stop(StopReason.Idle);
  }

  /** Opens a connection to an actor of this process. */
  connect(owner: Owner, request: ConnectRequest, outlet: Outlet, answer: ConnectAnswer): void {
    const actor = this.#actors.get(addressOf(owner));
    if (actor === undefined) answer.fail(notHere(owner), false);
    else actor.connect(request, outlet, answer);
  }

  #ended(address: string, actor: ModelActor, reason: StopReason): void {
    if (this.#actors.get(address) === actor) this.#actors.delete(address);
    this.#sinceMs.delete(actor);
    this.#listener?.ended(actor.owner, actor.generation, reason);
  }
}

function notHere({ type, keyText }: Owner): ClusterError {
  return new ClusterError(`${type}/${keyText} is not here`, { code: ErrorCode.NotOwner });
}
