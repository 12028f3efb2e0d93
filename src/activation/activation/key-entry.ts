import type { ActorCell } from "../../actor/cell/cell.ts";
import type { StopReason } from "../../telemetry/attributes.ts";
import { keyOf, type Owner } from "../records/record-keys.ts";
import type { KeyedType } from "./keyed-type.ts";

/** What uses the records of a key: an activation, a removal or an expiry. */
export interface Occupant {
  /** Resolves when it no longer uses them; never rejects. Read only if another one waits for it. */
  readonly gone: Promise<unknown>;
}

/** Where the entries of keys are. */
export interface KeyEntries {
  /** Called when nothing uses the records of the entry's key any more. */
  release(entry: KeyEntry): void;
}

/**
 * A key that is not asleep: an activation is starting, awake or ending, or its records are being removed. A key
 * without an entry is asleep.
 */
export class KeyEntry {
  readonly type: KeyedType;
  readonly owner: Owner;
  /** The latest activation; `undefined` when there is none, or none yet. */
  cell: ActorCell | undefined = undefined;
  /** Why the last activation has ended. */
  lastReason: StopReason | undefined = undefined;
  /**
   * Whether messages still go to the placement although there is an activation here: those sent before are on their way
   * from there, and must not be overtaken.
   */
  detoured = false;
  readonly #entries: KeyEntries;
  #key: readonly string[] | undefined = undefined;
  #occupants = 0;
  #first: Occupant | undefined = undefined;
  /** Resolves when all of them are gone, if there has been more than one. */
  #allGone: Promise<unknown> | undefined = undefined;

  constructor(type: KeyedType, owner: Owner, entries: KeyEntries) {
    this.type = type;
    this.owner = owner;
    this.#entries = entries;
  }

  /** The parts of the key. */
  get key(): readonly string[] {
    this.#key ??= keyOf(this.owner);
    return this.#key;
  }

  /** Whether the latest activation gets every message: no other one uses the records, and nothing makes a detour. */
  get direct(): boolean {
    return this.#occupants <= 1 && !this.detoured;
  }

  /** Whether an activation or removal uses the key's records, or waits to. */
  get occupied(): boolean {
    return this.#occupants > 0;
  }

  /**
   * Registers what is going to use the key's records. {@link KeyEntry.vacate} must follow.
   *
   * @returns what it has to wait for: the ends of all that came before it
   */
  occupy(occupant: Occupant): Promise<unknown> | undefined {
    const before = this.#allGone ?? this.#first?.gone;
    if (before === undefined) this.#first = occupant;
    else this.#allGone = Promise.all([before, occupant.gone]);
    this.#occupants += 1;
    return before;
  }

  /** Ends the use of the key's records by one occupant. */
  vacate(): void {
    this.#occupants -= 1;
    if (this.#occupants > 0) return;
    this.#first = undefined;
    this.#allGone = undefined;
    this.#key = undefined; // refs keep the entry
    this.#entries.release(this);
  }
}
