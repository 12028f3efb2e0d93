import type { ActorCell } from "../../actor/cell/cell.ts";
import type { ActorKey, KeyedType as KeyedTypeName } from "../../actor/definition/keyed-address.ts";
import { stopPromise } from "../../actor/delivery/self-waiting.ts";
import { activationOf } from "../activation/activation.ts";
import { whenRemoved } from "../activation/destroy.ts";
import type { Residence } from "../activation/residence.ts";
import { ActorOperation } from "../placement/placement.ts";
import { type Owner, ownerOf } from "../records/record-keys.ts";
import { typeNameOf } from "./key-pages.ts";
import type { SleepingKeys } from "./sleeping-keys.ts";

/** What {@link Removals} uses of the keyed actors of a system. */
export interface Removable extends Pick<Residence, "elsewhere" | "find"> {
  readonly sleeping: Pick<SleepingKeys, "destroy">;
}

/** Removes everything that is stored under a key, whether its actor is awake or not. */
export class Removals {
  readonly #residence: Removable;

  constructor(residence: Removable) {
    this.#residence = residence;
  }

  destroy(type: KeyedTypeName, key: ActorKey): Promise<boolean> {
    try {
      return this.remove(ownerOf(typeNameOf(type), key), (removed) => removed);
    } catch (thrown) {
      return Promise.reject(thrown); // the key is invalid
    }
  }

  /** See {@link Residence.remove}. */
  remove<Value>(owner: Owner, result: (removed: boolean) => Value): Promise<Value> {
    const cell = this.#find(owner);
    if (cell !== undefined) return removeAwake(cell, result, () => this.remove(owner, result));
    const { elsewhere } = this.#residence;
    if (elsewhere === undefined) return this.removeHere(owner, result);
    return elsewhere.placement.perform(owner, ActorOperation.Destroy).then(result);
  }

  /** The same, for a key whose actor is awake in this process or nowhere. */
  removeHere<Value>(owner: Owner, result: (removed: boolean) => Value): Promise<Value> {
    const cell = this.#find(owner);
    if (cell === undefined) return this.#residence.sleeping.destroy(owner).then(result);
    return removeAwake(cell, result, () => this.removeHere(owner, result));
  }

  #find({ type, keyText }: Owner): ActorCell | undefined {
    return this.#residence.find(type, keyText)?.cell;
  }
}

/** @param later removes what an activation has stored that has ended by itself */
function removeAwake<Value>(
  cell: ActorCell,
  result: (removed: boolean) => Value,
  later: () => Promise<Value>,
): Promise<Value> {
  const activation = activationOf(cell);
  // It writes nothing more; what it has stored is removed once its last write has ended.
  if (cell.isStopped && !activation.destroying) return activation.gone.then(later);
  activation.destroy();
  return stopPromise(cell, whenRemoved(activation).then(result));
}
