import type { ActorCell } from "../../actor/cell/cell.ts";
import type { Target } from "../../actor/delivery/target.ts";
import { keyOf, type Owner } from "../records/record-keys.ts";
import type { KeyEntry } from "./key-entry.ts";
import type { KeyedType } from "./keyed-type.ts";

/** What a start does if the actor is not stored. */
export type ForNew = Pick<KeyTarget, "input" | "mustExist">;
/** For a start that carries on what an actor has begun. */
export const NOT_NEW: ForNew = { input: undefined, mustExist: false };

/** The destination of the refs of a key. A message to a key that is asleep wakes its actor. */
export class KeyTarget implements Target {
  readonly type: KeyedType;
  readonly owner: Owner;
  /** For the state of an actor that does not exist yet. */
  readonly input: unknown;
  /** Whether its messages are refused if there is no such actor. */
  readonly mustExist: boolean;
  /** The entry last used. It holds no actor once the key is asleep, so an old ref retains no state. */
  #entry: KeyEntry | undefined;
  /** Stands for the actor while it is in another process. */
  #elsewhere: ActorCell | undefined;

  constructor(type: KeyedType, owner: Owner, input: unknown, mustExist = false) {
    this.type = type;
    this.owner = owner;
    this.input = input;
    this.mustExist = mustExist;
  }

  /** Type and key, not the id of an activation. */
  get actorId(): string {
    return `${this.type.name}/${this.owner.keyText}`;
  }

  /** The parts of the key. Not kept, since their text is. */
  get key(): readonly string[] {
    return keyOf(this.owner);
  }

  /** The entry that this target last sent a message to; it may be that of a former activation. */
  get lastEntry(): KeyEntry | undefined {
    return this.#entry;
  }

  cell(): ActorCell {
    const entry = this.#entry;
    const cell = entry?.cell;
    if (cell?.accepting === true && entry?.direct === true) {
      if (cell.blocked) this.type.residence.hasten(cell, this.mustExist);
      return cell;
    }
    return this.type.residence.receiverOf(this);
  }

  /** Returns what receives a message that has been sent to the process which has the key: it makes no detour. */
  arrivalCell(): ActorCell {
    const { residence } = this.type;
    const cell = residence.elsewhere === undefined ? undefined : this.awakeCell();
    if (cell?.accepting !== true) return this.cell();
    if (cell.blocked) residence.hasten(cell, this.mustExist);
    return cell;
  }

  awakeCell(): ActorCell | undefined {
    return this.entry()?.cell;
  }

  /** Returns the entry of the key, if it is not asleep. */
  entry(): KeyEntry | undefined {
    return this.type.residence.find(this.type.name, this.owner.keyText);
  }

  /** Returns the cell that stands for the actor while it is in another process. */
  elsewhere(): ActorCell {
    this.#elsewhere ??= this.type.standInFor(this);
    return this.#elsewhere;
  }

  /** Remembers the entry, so that the next message need not look it up. */
  remember(entry: KeyEntry): void {
    this.#entry = entry;
  }
}
