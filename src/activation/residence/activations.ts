import type { ActorCell } from "../../actor/cell/cell.ts";
import type {
  ActorKey,
  KeyedAddress,
  KeyedType as KeyedTypeName,
  KeyListing,
  KeysOptions,
} from "../../actor/definition/keyed-address.ts";
import { callerOf } from "../../actor/delivery/caller.ts";
import { isInside } from "../../actor/delivery/self-waiting.ts";
import { log, write } from "../../actor/lifecycle/logging.ts";
import { StopRequest } from "../../actor/lifecycle/stop-request.ts";
import { OpenFor, type SystemRuntime } from "../../actor/system/system-runtime.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import type { Store } from "../../store/contract/store.ts";
import { CountedStore } from "../../store/counting/counted-store.ts";
import { MemoryStore } from "../../store/memory/memory-store.ts";
import { Outcome, StopReason } from "../../telemetry/attributes.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { Activation, activationOf } from "../activation/activation.ts";
import { carryAll } from "../activation/carry.ts";
import { removeAll } from "../activation/destroy.ts";
import { closeParts } from "../activation/end-phases.ts";
import type { KeyEntry } from "../activation/key-entry.ts";
import { KeyRef } from "../activation/key-ref.ts";
import { KeyTarget } from "../activation/key-target.ts";
import { KeyedType } from "../activation/keyed-type.ts";
import type { PartFactories } from "../activation/life-part.ts";
import type { Residence } from "../activation/residence.ts";
import { SaveInterval } from "../commit/save-interval.ts";
import { SaveRound } from "../commit/save-round.ts";
import { requireActorKey } from "../definition/actor-key.ts";
import { requireKeyedDefinition } from "../definition/keyed-definition.ts";
import { ownerOf } from "../records/record-keys.ts";
import { Directory } from "./directory.ts";
import { FailedStarts } from "./failed-starts.ts";
import { IdleTimers } from "./idle-timers.ts";

/** Options of the keyed actors of a system. */
export interface ActivationsOptions {
  /** Where states are stored. Default: in memory. It serves one system, which closes it. */
  readonly store?: Store | undefined;
}

/** Stores that serve a system: "one activation per key" is a promise about the keys of a store. */
const serving = new WeakSet<Store>();

/** The keyed actors of a system: wakes them, and lets them sleep. */
export class Activations implements Residence {
  readonly directory: Directory = new Directory();
  readonly parts: PartFactories = {};
  readonly saves: Residence["saves"];
  readonly #system: SystemRuntime;
  readonly #idle: IdleTimers;
  readonly #failedStarts: FailedStarts;
  readonly #ends = new Set<Promise<void>>();
  #store: Store | undefined;

  /** @throws {@link UsageError} `ERR_INVALID_OPTION` when the store serves another system */
  constructor(system: SystemRuntime, { store }: ActivationsOptions) {
    if (store !== undefined && serving.has(store)) {
      throw new UsageError("`store` serves another system", { code: ErrorCode.InvalidOption });
    }
    if (store !== undefined) serving.add(store);
    this.#system = system;
    this.#store = store;
    const onFault = (error: unknown): void => system.reportFault(error, undefined);
    this.saves = {
      round: new SaveRound(onFault),
      interval: new SaveInterval(system.clock, onFault),
    };
    this.#idle = new IdleTimers(system.clock);
    this.#failedStarts = new FailedStarts(system.clock);
    const { hooks } = system;
    hooks.idle.add((cell) => {
      if (cell.type instanceof KeyedType) this.idle(activationOf(cell));
    });
    hooks.stopping.add((cell) => {
      if (cell.type instanceof KeyedType) this.ending(activationOf(cell));
    });
    hooks.stopped.add((cell) => {
      if (cell.type instanceof KeyedType) this.ended(activationOf(cell));
    });
  }

  get store(): Store {
    if (this.#store === undefined) {
      this.#store = new MemoryStore();
      const fields = { event: "actor.store.memory" };
      const text = "states of keyed actors are kept in memory; `store` of createSystem stores them";
      write(this.#system.logger, "info", fields, text);
    }
    return this.#store;
  }

  /**
   * Returns the type of a keyed definition in this system.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_TYPE_TAKEN`
   */
  typeOf(definition: unknown): KeyedType {
    const keyed = requireKeyedDefinition(definition);
    const known = this.directory.type(keyed.type);
    if (known?.definition === keyed) return known;
    // Inside the runtime nothing depends on the definition's state, input and messages.
    const type = this.#system.typeOf(keyed as never, KeyedType) as KeyedType;
    this.directory.addType(type);
    type.settle(this);
    void this.store; // from here on it may be needed
    return type;
  }

  get<Input, Ref>(definition: KeyedAddress<Input, Ref>, key: ActorKey, input: unknown): Ref {
    const type = this.typeOf(definition);
    const parts = requireActorKey(key);
    const target = new KeyTarget(type, parts, ownerOf(type.name, parts), input);
    // The definition carries the type of its refs.
    return new KeyRef(target, undefined) as Ref;
  }

  keys(_type: KeyedTypeName, _options?: KeysOptions): Promise<KeyListing> {
    throw new UsageError("keys are not listed yet", { code: ErrorCode.InvalidOption });
  }

  async destroy(type: KeyedTypeName, key: ActorKey): Promise<boolean> {
    const name = typeof type === "string" ? type : type.type;
    const parts = requireActorKey(key);
    const cell = this.find(name, ownerOf(name, parts).keyText)?.cell;
    if (cell === undefined) {
      throw new UsageError("sleeping actors are not destroyed yet", {
        code: ErrorCode.InvalidOption,
      });
    }
    const activation = activationOf(cell);
    activation.destroy();
    await activation.gone;
    if (activation.destroyed) return true;
    throw activation.removalError ?? activation.cell.stoppedError("destroy");
  }

  outboxes(_target: KeyTarget): unknown {
    throw new UsageError("queues are not available yet", { code: ErrorCode.InvalidOption });
  }

  find(type: string, keyText: string): KeyEntry | undefined {
    return this.directory.find(type, keyText);
  }

  receiverOf(target: KeyTarget): ActorCell {
    const entry = this.directory.ensure(target.type, target.key, target.owner);
    const { cell } = entry;
    if (cell !== undefined) {
      // Its own handler or hook: an ask would wait for itself, and a tell goes to the next activation.
      if (cell.accepting || isInside(cell, activeContext())) {
        target.remember(entry);
        return cell;
      }
    }
    const next = this.#failedStarts.find(target.owner) ?? this.#start(entry, target.input);
    if (next === undefined) return target.type.refusing;
    if (next.isStopped) return next; // its error answers
    target.remember(entry);
    return next;
  }

  successorOf(activation: Activation): ActorCell | undefined {
    const { entry, cell } = activation;
    if (entry.cell !== undefined && entry.cell !== cell) return entry.cell;
    const { type, key, owner } = entry;
    return this.#start(this.directory.ensure(type, key, owner), undefined);
  }

  admit(_activation: Activation): Promise<void> | undefined {
    return undefined;
  }

  idle(activation: Activation): void {
    this.#idle.add(activation);
  }

  ending(activation: Activation): void {
    this.#idle.remove(activation);
    activation.endingSinceMs = this.#system.clock.monotonicMs();
  }

  ended(activation: Activation): void {
    this.#idle.remove(activation);
    const end = this.#endOf(activation);
    this.#ends.add(end);
    void end.then(() => this.#ends.delete(end));
  }

  /** Resolves when all writes have ended; then closes the store. */
  async close(): Promise<void> {
    while (this.#ends.size > 0) await Promise.all(this.#ends);
    await this.#store?.close();
  }

  /** Starts the next activation of a key; `undefined` if the system starts none any more. */
  #start(entry: KeyEntry, input: unknown): ActorCell | undefined {
    const system = this.#system;
    const inFlight = callerOf(system) !== undefined;
    const openFor = inFlight ? OpenFor.WorkInFlight : OpenFor.Outside;
    const former = entry.cell;
    if (!system.isOpen(openFor)) return undefined;
    system.bindTelemetry();
    const { type } = entry;
    const activation = new Activation({
      entry,
      input,
      requestedMs: system.clock.monotonicMs(),
      store: new CountedStore(this.store, type.storageMetrics, system.clock),
      queues: this.saves,
    });
    const cell = system.start(type, { input: activation }, undefined, openFor);
    if (former !== undefined && former.stopRequest >= StopRequest.Now) {
      if (!activationOf(former).destroying) carryAll(former, cell);
    }
    return cell;
  }

  async #endOf(activation: Activation): Promise<void> {
    const { cell, entry, writer } = activation;
    const { stopReason = StopReason.Normal } = cell;
    concludeStart(activation, stopReason);
    if (stopReason === StopReason.StartFailed) this.#failedStarts.add(entry.owner, cell);
    if (!activation.destroying) writer.close();
    await closeParts(activation);
    await writer.settled();
    if (activation.destroying) await this.#removeAtLast(activation);
    writer.close();
    activation.leave(stopReason);
  }

  /** Removes everything where the end phases have not: the start has failed, or the activation was killed. */
  async #removeAtLast(activation: Activation): Promise<void> {
    try {
      await removeAll(activation);
    } catch (err) {
      const fields = { event: "actor.destroy.failed", err };
      log(activation.cell, "error", fields, "stored data of an actor could not be removed");
    }
  }
}

/** Ends the records of a start that did not complete, and of an end. */
function concludeStart({ type, record, endingSinceMs }: Activation, reason: StopReason): void {
  const { clock } = type.system;
  if (record !== undefined && record.outcome === undefined) {
    record.conclude(Outcome.Killed);
  }
  if (endingSinceMs === undefined) return;
  type.activationMetrics.ended(reason, clock.monotonicMs() - endingSinceMs);
}
