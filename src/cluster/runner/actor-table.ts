import type { Owner } from "../../activation/records/record-keys.ts";
import { Deferred } from "../../base/async/deferred.ts";
import { type Arrival, arrivalOf, type Checkpoint } from "../protocol/checkpoint.ts";
import type { EventQueue } from "./event-outbox.ts";

/**
 * State of an actor on its runner.
 *
 * @enum
 */
export const HereStatus = {
  Starting: "starting",
  Running: "running",
  Stopping: "stopping",
} as const;
export type HereStatus = (typeof HereStatus)[keyof typeof HereStatus];

/** An actor that is on this runner. */
export interface ActorHere {
  readonly generation: number;
  readonly status: HereStatus;
}

/** Activations that have ended and are remembered, so that late commands of them are recognised. */
const MAX_ENDED = 10_000;

/** One activation on this runner: what it was told, and what it is doing. */
export class ActorSlot {
  readonly owner: Owner;
  readonly address: string;
  readonly generation: number;
  readonly events: EventQueue;
  /** Index of the last command that was dealt with. */
  commandIndex = 0;
  /** `undefined` before its start, and once it has ended. */
  status: HereStatus | undefined;
  /** Whether its start has ended, in whatever way. */
  isStarted = false;
  /** Resolves when its start has ended, in whatever way. */
  readonly started: Deferred<void> = new Deferred();
  /** Why it has ended before its start was told to have succeeded. */
  endedEarly: string | undefined;
  /** Its end in order, once that was begun. */
  stopping: Promise<void> | undefined;
  /** Whether the coordinator has asked for its end. */
  isMoved = false;
  /** Index of a signal that destroys it and is being carried out; 0: none. */
  destroyIndex = 0;

  constructor(owner: Owner, { address, generation }: Checkpoint, events: EventQueue) {
    this.owner = owner;
    this.address = address;
    this.generation = generation;
    this.events = events;
  }
}

/** The activations of a runner by their addresses: those that live, and for a while those that have ended. */
export class ActorTable {
  readonly #slots = new Map<string, ActorSlot>();
  readonly #ended = new Set<ActorSlot>();
  readonly #changed: (address: string, here: ActorHere | undefined) => void;
  #live = 0;
  #emptied = new Deferred<void>();

  /** @param changed called at each change of what {@link ActorTable.here} returns; must not throw */
  constructor(changed: (address: string, here: ActorHere | undefined) => void) {
    this.#changed = changed;
  }

  /** Number of actors that live. */
  get size(): number {
    return this.#live;
  }

  /** Returns the latest activation of an actor, also if it has ended. */
  find(address: string): ActorSlot | undefined {
    return this.#slots.get(address);
  }

  /** Returns the activation that lives; `undefined` if there is none. */
  here(address: string): ActorHere | undefined {
    const slot = this.#slots.get(address);
    if (slot?.status === undefined) return undefined;
    return { generation: slot.generation, status: slot.status };
  }

  /** The activations that live. */
  *live(): Generator<ActorSlot> {
    for (const slot of this.#slots.values()) if (slot.status !== undefined) yield slot;
  }

  /** Resolves when no activation lives, or as `other` does, which must not reject. */
  async emptyOr(other: Promise<void>): Promise<void> {
    if (this.#live > 0) await Promise.race([this.#emptied.promise, other]);
  }

  /** Returns what becomes of a command. */
  arrivalOf(checkpoint: Checkpoint): Arrival {
    const slot = this.#slots.get(checkpoint.address);
    const last = { generation: slot?.generation ?? 0, index: slot?.commandIndex ?? 0 };
    return arrivalOf(last, checkpoint);
  }

  /** Adds an activation, in place of an earlier one of the actor. */
  add(slot: ActorSlot, status: HereStatus | undefined): void {
    const former = this.#slots.get(slot.address);
    if (former !== undefined) {
      if (former.status !== undefined) this.#live -= 1;
      former.status = undefined;
      this.#ended.delete(former);
    }
    this.#slots.set(slot.address, slot);
    slot.status = status;
    if (status === undefined) {
      this.#remember(slot);
      return;
    }
    this.#live += 1;
    this.#changed(slot.address, this.here(slot.address));
  }

  /** Changes the state of an activation that lives. */
  mark(slot: ActorSlot, status: HereStatus): void {
    if (slot.status === undefined || slot.status === status) return;
    slot.status = status;
    this.#changed(slot.address, this.here(slot.address));
  }

  /** An activation has ended. */
  end(slot: ActorSlot): void {
    if (slot.status === undefined) return;
    slot.status = undefined;
    this.#live -= 1;
    this.#remember(slot);
    this.#changed(slot.address, undefined);
    this.#tellEmpty();
  }

  /** Forgets everything. */
  clear(): void {
    const here = [...this.live()];
    this.#slots.clear();
    this.#ended.clear();
    this.#live = 0;
    for (const slot of here) {
      slot.status = undefined;
      this.#changed(slot.address, undefined);
    }
    this.#tellEmpty();
  }

  #tellEmpty(): void {
    if (this.#live > 0) return;
    this.#emptied.resolve();
    this.#emptied = new Deferred();
  }

  #remember(slot: ActorSlot): void {
    this.#ended.add(slot);
    if (this.#ended.size <= MAX_ENDED) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      if (this.#slots.get(oldest.address) === oldest) this.#slots.delete(oldest.address);
      return;
    }
  }
}
