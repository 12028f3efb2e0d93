import type { ActorCell, Life } from "../../actor/cell/cell.ts";
import { Deferred } from "../../base/async/deferred.ts";
import type { CountedStore } from "../../store/counting/counted-store.ts";
import type { PreloadMap } from "../../store/startup/preload-map.ts";
import { AwakeReason, StopReason } from "../../telemetry/attributes.ts";
import type { GaugedActivation } from "../awake/awake-gauges.ts";
import { Holds } from "../awake/holds.ts";
import { IdlePlace } from "../awake/idle-queue.ts";
import type { StateWatch } from "../commit/state-watch.ts";
import type { ActorConnections } from "../connection/actor-connections.ts";
import type { OpenRequest } from "../connection/open-request.ts";
import type { AnyKeyedDefinition } from "../definition/keyed-definition.ts";
import type { Claim } from "../placement/claim.ts";
import type { MetaRecord } from "../records/meta-record.ts";
import type { Owner } from "../records/record-keys.ts";
import { ActivationWriter, type SaveQueues } from "./activation-writer.ts";
import type { KeyEntry, Occupant } from "./key-entry.ts";
import type { KeyedType } from "./keyed-type.ts";
import type { PartSet } from "./part-set.ts";
import type { StartRecord } from "./start-record.ts";
import { noteSize } from "./stored-state.ts";

/** What an activation has that belongs to its present life; a restart begins with another. */
export interface LifeParts {
  readonly life: Life;
  /** Restarts of the actor before this life. */
  readonly restarts: number;
  readonly state: StateWatch;
  /** The state as it was loaded, of whatever version. */
  readonly stored: unknown;
  readonly parts: PartSet;
}

/** One stay of a keyed actor in memory, from its wake to its end: what its cell does not have. */
export class Activation implements GaugedActivation, Occupant {
  readonly entry: KeyEntry;
  /** Given to `get`, for an actor that does not exist yet. */
  readonly input: unknown;
  /** When the wake was requested, on the monotonic clock. */
  readonly requestedMs: number;
  /** What it waits for before it loads: the ends of former activations, and removals. */
  readonly predecessors: Promise<unknown> | undefined;
  readonly store: CountedStore;
  /** The generation that a placement has given it; `undefined` without a placement. */
  readonly claim: Claim | undefined;
  /** Number of the activation; `undefined` until its record has been loaded. */
  generation: number | undefined = undefined;
  /** Whether the start ends if the actor is not stored: all messages so far are for one that exists. */
  mustExist: boolean;
  /** Whether it has ended because of that. */
  absent = false;
  /** Whether the actor is not stored yet; known once its record has been loaded. */
  isNew = false;
  /** Name of this creation of the actor; empty until its record has been loaded. */
  incarnation = "";
  /** The actor's record as of the last load or commit; `undefined` for an actor that is not stored yet. */
  meta: MetaRecord | undefined = undefined;
  /** Revision of that record. */
  revision = 0;
  /** What the start has read; `undefined` once it has ended. */
  loaded: PreloadMap | undefined = undefined;
  /** The present life; `undefined` until it has been loaded. */
  current: LifeParts | undefined = undefined;
  /** Where clients were when the activation before this one ended, if that was stored. */
  formerPosition: string | undefined = undefined;
  /** JSON that the activation before this one has handed over from its memory, until `vars` was called. */
  handed: string | undefined = undefined;
  /** JSON that it hands over from its own memory. */
  packed: string | undefined = undefined;
  /** Whether the next commit contains that. */
  isGiving = false;
  /** Its connections and events; most never have any. */
  connections: ActorConnections | undefined = undefined;
  /** The requests that it answers; most never have any. */
  requests: Set<OpenRequest> | undefined = undefined;
  /** Whether the next commit is the last one, which contains the last position. */
  isLast = false;
  /** The steps of the last start or restart. */
  record: StartRecord | undefined = undefined;
  /** Whether everything that is stored is to be removed when it ends. */
  destroying = false;
  /** Whether everything has been removed. */
  destroyed = false;
  /** Why nothing could be removed. */
  removalError: Error | undefined = undefined;
  /** Whether the present life handles messages. */
  ready = false;
  /** When its end began, on the monotonic clock. */
  endingSinceMs: number | undefined = undefined;
  readonly writer: ActivationWriter;
  #holds: Holds | undefined = undefined;
  #gone: Deferred<void> | undefined = undefined;
  #hasLeft = false;
  #cell: ActorCell | undefined;
  #place: IdlePlace | undefined;

  constructor(parts: {
    readonly entry: KeyEntry;
    readonly input: unknown;
    readonly mustExist: boolean;
    readonly claim: Claim | undefined;
    readonly requestedMs: number;
    readonly store: CountedStore;
    readonly queues: SaveQueues;
  }) {
    this.entry = parts.entry;
    this.input = parts.input;
    this.mustExist = parts.mustExist;
    this.claim = parts.claim;
    this.requestedMs = parts.requestedMs;
    this.store = parts.store;
    this.writer = new ActivationWriter(this, parts.queues);
    this.predecessors = parts.entry.occupy(this);
  }

  /** Its actor. */
  get cell(): ActorCell {
    return this.#cell as ActorCell; // attached in the cell's constructor
  }

  /** Makes `cell` the actor that receives the messages to the key. */
  attach(cell: ActorCell): void {
    this.#cell = cell;
    this.entry.cell = cell;
    this.#place = new IdlePlace(cell);
  }

  /** Whether the life that was loaded last has failed, or none was loaded: nothing of it may be stored. */
  get hasFailed(): boolean {
    const { current, cell } = this;
    return current === undefined || current.restarts !== (cell.extrasIfAny?.restarts ?? 0);
  }

  /** Its place among those that wait for `idleMs` to pass. */
  get place(): IdlePlace {
    return this.#place as IdlePlace; // made with its actor
  }

  /** What keeps it awake besides what every kind of actor has. */
  get holds(): Holds {
    if (this.#holds === undefined) {
      const { clock } = this.type.system;
      this.#holds = new Holds(
        () => clock.epochMs(),
        () => this.cell.noticeIdle(),
      );
    }
    return this.#holds;
  }

  /** Its holds, if it has ever had one. */
  get holdsIfAny(): Holds | undefined {
    return this.#holds;
  }

  get internalHolds(): number {
    return this.#holds?.count(AwakeReason.Internal) ?? 0;
  }

  get commitsWaiting(): number {
    return this.writer.requested;
  }

  get type(): KeyedType {
    return this.entry.type;
  }

  get definition(): AnyKeyedDefinition {
    return this.type.definition;
  }

  get owner(): Owner {
    return this.entry.owner;
  }

  /** Resolves when the activation has ended and none of its writes is under way. Never rejects. */
  get gone(): Promise<void> {
    this.#gone ??= new Deferred();
    if (this.#hasLeft) this.#gone.resolve();
    return this.#gone.promise;
  }

  /** Ends the use of the key's records, and drops what only a running activation needs. */
  leave(reason: StopReason): void {
    this.loaded = undefined;
    this.current = undefined;
    this.entry.lastReason = reason;
    noteSize(this.cell, 0, this.definition);
    if (this.entry.cell === this.#cell) this.entry.cell = undefined;
    this.#hasLeft = true;
    this.entry.vacate();
    this.#gone?.resolve();
  }

  /** Goes to sleep after the queued messages. */
  sleep(reason: StopReason): void {
    this.cell.drainAndStop(reason);
  }

  /** Removes everything when the message being handled has ended. */
  destroy(): void {
    this.destroying = true;
    this.cell.stopNow(StopReason.Destroyed);
  }
}

/** Returns the activation that `cell` is. */
export function activationOf(cell: ActorCell): Activation {
  return cell.input as Activation;
}
