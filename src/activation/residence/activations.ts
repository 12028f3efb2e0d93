import type { ActorCell } from "../../actor/cell/cell.ts";
import type { ActorKey, KeyedAddress } from "../../actor/definition/keyed-address.ts";
import type { CallOptions } from "../../actor/definition/ref.ts";
import { callerOf } from "../../actor/delivery/caller.ts";
import { isInside } from "../../actor/delivery/self-waiting.ts";
import { CLOSE } from "../../actor/lifecycle/life-keys.ts";
import { write } from "../../actor/lifecycle/logging.ts";
import { StopRequest } from "../../actor/lifecycle/stop-request.ts";
import { OpenFor, type SystemRuntime } from "../../actor/system/system-runtime.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import type { Store } from "../../store/contract/store.ts";
import { CountedStore } from "../../store/counting/counted-store.ts";
import { MemoryStore } from "../../store/memory/memory-store.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { Activation, activationOf } from "../activation/activation.ts";
import { carryAll, noteSuccessor } from "../activation/carry.ts";
import { leave } from "../activation/end-phases.ts";
import type { KeyEntry } from "../activation/key-entry.ts";
import { KeyRef } from "../activation/key-ref.ts";
import { type ForNew, KeyTarget, NOT_NEW } from "../activation/key-target.ts";
import { KeyedType } from "../activation/keyed-type.ts";
import type { PartFactories } from "../activation/life-part.ts";
import type { Residence } from "../activation/residence.ts";
import { AwakeGauges } from "../awake/awake-gauges.ts";
import { endConnections } from "../connection/clean-end.ts";
import { databaseParts } from "../database/database-part.ts";
import { kvParts } from "../database/kv-part.ts";
import { SystemDatabases } from "../database/system-databases.ts";
import { requireKeyedDefinition } from "../definition/keyed-definition.ts";
import type { Claim } from "../placement/claim.ts";
import { requirePlaceable } from "../placement/placeable.ts";
import { ActorOperation, type Placement } from "../placement/placement.ts";
import { outboxesOf } from "../queue/outbox.ts";
import { type Owner, ownerOf } from "../records/record-keys.ts";
import {
  type ActivationsOptions,
  closingError,
  limitsOf,
  saveQueuesOf,
} from "./activations-options.ts";
import { Directory } from "./directory.ts";
import { DueWakes } from "./due-wakes.ts";
import { FailedStarts } from "./failed-starts.ts";
import { KeyLists } from "./key-lists.ts";
import { KeysElsewhere } from "./keys-elsewhere.ts";
import { PastStarts } from "./past-starts.ts";
import { Removals } from "./removals.ts";
import { Residents } from "./residents.ts";
import { Sleepers } from "./sleepers.ts";
import { SleepingKeys } from "./sleeping-keys.ts";

/** Stores that serve a system: "one activation per key" is a promise about the keys of a store. */
const serving = new WeakSet<Store>();

/** The keyed actors of a system: wakes them, and lets them sleep. */
export class Activations implements Residence {
  readonly directory: Directory = new Directory();
  readonly parts: PartFactories;
  readonly databases: SystemDatabases;
  readonly saves: Residence["saves"];
  readonly pastStarts: PastStarts = new PastStarts();
  readonly lists: KeyLists;
  readonly removals: Removals = new Removals(this);
  readonly #system: SystemRuntime;
  readonly due: DueWakes;
  readonly #sleepers: Sleepers;
  readonly #failedStarts: FailedStarts;
  readonly elsewhere: KeysElsewhere | undefined;
  readonly #residents: Residents<KeyEntry, Activation>;
  /** The activations that have not ended. */
  readonly #live = new Set<Activation>();
  readonly #ends = new Set<Promise<void>>();
  #store: Store | undefined;
  #sleeping: SleepingKeys | undefined;

  /** Called when an activation has ended and none of its writes is under way. Must not throw. */
  onLeft: ((activation: Activation) => void) | undefined = undefined;
  /** Called when a type was defined. Must not throw. */
  onType: ((type: KeyedType) => void) | undefined = undefined;

  /**
   * @param placement where the keys are, if they may be in other processes
   * @throws {@link UsageError} `ERR_INVALID_OPTION` when the store serves another system
   */
  constructor(system: SystemRuntime, options: ActivationsOptions, placement?: Placement) {
    const { store } = options;
    this.elsewhere =
      placement === undefined ? undefined : new KeysElsewhere(placement, this.directory);
    if (store !== undefined && placement === undefined) {
      if (serving.has(store)) {
        throw new UsageError("`store` serves another system", { code: ErrorCode.InvalidOption });
      }
      serving.add(store);
    }
    this.#system = system;
    this.#store = store;
    const { directory } = this;
    this.lists = new KeyLists({ system, directory, placement, store: () => this.store });
    this.databases = new SystemDatabases(system, () => this.store);
    if (store?.directory !== undefined) this.databases.sweep();
    this.saves = saveQueuesOf(system, options);
    this.due = new DueWakes(system, this);
    this.parts = { db: databaseParts(this.databases), kv: kvParts, ...this.due.parts };
    this.#sleepers = new Sleepers(system);
    const gauges = new AwakeGauges(() => this.activations());
    system.book.compute(() => gauges.read());
    this.#failedStarts = new FailedStarts(system.clock);
    this.#residents = new Residents(limitsOf(options), {
      evict: () => this.#sleepers.evict()?.entry,
      exceeded: ({ type }, residents) => this.#reportExceeded(type.name, residents),
    });
    const close = (): void => this.#residents.close(closingError(system));
    system.endings.add({ cancel: close, [Symbol.dispose]: close });
    // With a placement, one process at a time begins to scan, when it is told to.
    if (store !== undefined && placement === undefined) this.scan();
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

  /** The store, if one was given or has been needed. */
  get storeIfAny(): Store | undefined {
    return this.#store;
  }

  /** What is done to keys whose actors sleep. */
  get sleeping(): SleepingKeys {
    this.#sleeping ??= new SleepingKeys({
      system: this.#system,
      directory: this.directory,
      placement: this.elsewhere?.placement,
      store: this.store,
      collect: (files) => this.databases.files.collect(files),
    });
    return this.#sleeping;
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
    if (this.elsewhere !== undefined) requirePlaceable(keyed);
    // Inside the runtime nothing depends on the definition's state, input and messages.
    const type = this.#system.typeOf(keyed as never, KeyedType) as KeyedType;
    this.directory.addType(type);
    type.settle(this);
    this.#sleeping?.adopt(type);
    // Reads the store, which is created now unless it was given.
    if (this.elsewhere?.placement.scansDueTimes() !== false) this.due.scan();
    this.onType?.(type);
    return type;
  }

  get<Input, Ref>(definition: KeyedAddress<Input, Ref>, key: ActorKey, input: unknown): Ref {
    const type = this.typeOf(definition);
    const target = new KeyTarget(type, ownerOf(type.name, key), input);
    // The definition carries the type of its refs.
    return new KeyRef(target, undefined) as Ref;
  }

  /** Wakes an actor of a type that is defined. Resolves with whether it could be woken; rejects if its start fails. */
  async wake(type: string, key: readonly string[]): Promise<boolean | undefined> {
    const keyed = this.directory.type(type);
    if (keyed === undefined) {
      const woken = this.elsewhere?.placement.perform(ownerOf(type, key), ActorOperation.Wake);
      return woken?.then(() => true); // another process may have the type
    }
    await new KeyRef(new KeyTarget(keyed, ownerOf(type, key), undefined), undefined).whenReady();
    return true;
  }

  remove<Value>(owner: Owner, result: (removed: boolean) => Value): Promise<Value> {
    return this.removals.remove(owner, result);
  }

  outboxes(target: KeyTarget, options: CallOptions | undefined): unknown {
    return outboxesOf(target, options);
  }

  find(type: string, keyText: string): KeyEntry | undefined {
    return this.directory.find(type, keyText);
  }

  receiverOf(target: KeyTarget): ActorCell {
    const { type, owner, input, mustExist } = target;
    const entry = this.find(type.name, owner.keyText);
    const cell = entry?.cell;
    if (entry !== undefined && cell !== undefined) {
      // Its own handler or hook: an ask would wait for itself, and a tell goes to the next activation.
      const own = this.#insideOf(entry);
      if (own !== undefined) return own;
      if (cell.accepting && !this.#makesDetour(entry)) {
        target.remember(entry);
        this.hasten(cell, target.mustExist);
        return cell;
      }
      if (cell.stopReason === StopReason.StartFailed) return cell;
    }
    if (this.elsewhere !== undefined) return this.#standIn(target);
    const failed = this.#failedStarts.find(owner);
    if (failed !== undefined) return failed; // its error answers
    if (!this.#system.isOpen(this.#openFor())) return type.refusing;
    if (this.#residents.refuses(entry, this.#isNested())) return type.refusingFull;
    const next = this.directory.ensure(type, owner);
    target.remember(next);
    return this.#start(next, { input, mustExist });
  }

  successorOf(activation: Activation): ActorCell | undefined {
    const { entry, cell } = activation;
    if (entry.cell !== undefined && entry.cell !== cell) return entry.cell;
    if (!this.#system.isOpen(this.#openFor())) return undefined;
    const { type, owner } = entry;
    if (this.elsewhere !== undefined) return this.#standIn(new KeyTarget(type, owner, undefined));
    const next = this.directory.ensure(type, owner);
    // The key has slept since, and was woken again.
    if (next.cell !== undefined && next.cell !== cell) return next.cell;
    return this.#start(next, NOT_NEW, false);
  }

  /**
   * Starts the activation of a key that the placement has given to this process. The key has none that accepts messages.
   *
   * @returns its actor; `undefined` if the system is shut down, or too many keys wait for room
   */
  startClaimed(type: KeyedType, owner: Owner, claim: Claim, forNew: ForNew): ActorCell | undefined {
    if (!this.isOpen) return undefined;
    if (this.#residents.refuses(this.find(owner.type, owner.keyText), false)) return undefined;
    const entry = this.directory.ensure(type, owner);
    entry.detoured = this.elsewhere?.hasUnderWay(owner) === true;
    return this.#start(entry, forNew, true, claim);
  }

  /** Whether code outside of all actors may start something. */
  get isOpen(): boolean {
    return this.#system.isOpen(OpenFor.Outside);
  }

  /** Looks for due schedules and expired actors of the store. */
  scan(): void {
    this.sleeping.scan();
    this.due.scan();
  }

  admit(activation: Activation): Promise<void> | undefined {
    return this.#residents.admit(activation.entry, activation, this.#isNested());
  }

  hasten(cell: ActorCell, mustExist: boolean): void {
    if (!mustExist) activationOf(cell).mustExist = false;
    if (this.#residents.waiting > 0 && this.#isNested()) this.#residents.hasten(activationOf(cell));
  }

  expires(atMs: number): void {
    this.sleeping.retention.notice(atMs);
  }

  idle(activation: Activation): void {
    this.#sleepers.idle(activation);
    this.#residents.idle();
  }

  turnEnded(activation: Activation): void {
    this.#sleepers.turnEnded(activation);
  }

  ending(activation: Activation): void {
    const { cell, entry, owner } = activation;
    if (cell.stopReason === StopReason.StartFailed) this.#failedStarts.add(owner, cell);
    this.#sleepers.remove(activation);
    this.#residents.ending(entry);
    activation.writer.ending();
    activation.endingSinceMs = this.#system.clock.monotonicMs();
  }

  ended(activation: Activation): void {
    this.#sleepers.remove(activation);
    endConnections(activation);
    activation.holdsIfAny?.releaseAll();
    activation.cell.life[CLOSE](); // code that a kill has left behind can do nothing more
    this.#live.delete(activation);
    const end = leave(activation, () => this.#left(activation));
    if (end === undefined) return;
    this.#ends.add(end);
    void end.then(() => this.#ends.delete(end));
  }

  /** The activations that have not ended, in the order of their starts. */
  activations(): Iterable<Activation> {
    return this.#live;
  }

  /** Resolves when no activation and none of their writes is left, and nothing is woken or removed any more. */
  async whenEnded(): Promise<void> {
    this.#sleepers.close();
    await this.#sleeping?.close();
    await this.due.close();
    while (this.#ends.size > 0) await Promise.all(this.#ends);
  }

  /** Stops what the constructor has begun, for a system that could not be created. The store can serve another one. */
  abandon(): void {
    if (this.#store !== undefined) serving.delete(this.#store);
    void this.#sleeping?.close(); // neither of the two rejects
    void this.due.close();
  }

  /** Returns the actor whose handler or hook is running, if it is an activation of the key. */
  #insideOf(entry: KeyEntry): ActorCell | undefined {
    const caller = callerOf(this.#system)?.cell;
    if (caller === undefined || !(caller.type instanceof KeyedType)) return undefined;
    if (activationOf(caller).entry !== entry) return undefined;
    return isInside(caller, activeContext()) ? caller : undefined;
  }

  /** Whether code of a keyed actor runs: what it wakes must not wait for its own actor to leave. */
  #isNested(): boolean {
    return callerOf(this.#system)?.cell.type instanceof KeyedType;
  }

  #reportExceeded(type: string, residents: number): void {
    const fields = { target_type: type, residents };
    const text = "more actors than `maxResident` are in memory, because actors wake each other";
    this.#system.warn("actor.residents.exceeded", type, fields, text);
  }

  #openFor(): OpenFor {
    return callerOf(this.#system) === undefined ? OpenFor.Outside : OpenFor.WorkInFlight;
  }

  /**
   * Starts the next activation of a key.
   *
   * @param carries whether it gets what waits in the former one now: before the message that starts it, unless that one
   *   has waited there itself
   */
  #start(entry: KeyEntry, { input, mustExist }: ForNew, carries = true, claim?: Claim): ActorCell {
    const system = this.#system;
    const former = entry.cell;
    system.bindTelemetry();
    const { type } = entry;
    const activation = new Activation({
      entry,
      input,
      mustExist,
      claim,
      requestedMs: system.clock.monotonicMs(),
      store: new CountedStore(this.store, type.storageMetrics, system.clock),
      queues: this.saves,
    });
    this.#live.add(activation);
    const cell = system.start(type, { input: activation }, undefined, this.#openFor());
    if (former !== undefined && !former.isStopped) noteSuccessor(former, cell);
    if (carries && former !== undefined && former.stopRequest >= StopRequest.Now) {
      if (!activationOf(former).destroying) carryAll(former, cell);
    }
    return cell;
  }

  #makesDetour({ detoured }: KeyEntry): boolean {
    return detoured && this.#system.isOpen(this.#openFor());
  }

  /** Returns what stands for a key that has no activation here. */
  #standIn(target: KeyTarget): ActorCell {
    return this.#system.isOpen(this.#openFor()) ? target.elsewhere() : target.type.refusing;
  }

  #left(activation: Activation): void {
    this.onLeft?.(activation);
    this.pastStarts.add(activation);
    this.#residents.ended(activation.entry, activation);
    // One that has expired while it was in memory, and did not write its record at the end.
    const { expiresAtMs } = activation.meta ?? {};
    if (expiresAtMs !== undefined) this.expires(expiresAtMs);
  }
}
