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
    const { elsewhere } = this.#residence;
    if (elsewhere === undefined || this.#find(owner) !== undefined)
      return this.removeHere(owner, result);
    return elsewhere.placement.perform(owner, ActorOperation.Destroy).then(result);
  }

  /** The same, for a key whose actor is awake in this process or nowhere. */
  removeHere<Value>(owner: Owner, result: (removed: boolean) => Value): Promise<Value> {
    const cell = this.#find(owner);
    if (cell === undefined) return this.#residence.sleeping.destroy(owner).then(result);
    const activation = activationOf(cell);
    if (cell.isStopped && !activation.destroying) {
      // It writes nothing more; what it has stored is removed once its last write has ended.
      return activation.gone.then(() => this.remove(owner, result));
    }
    activation.destroy();
    return stopPromise(cell, whenRemoved(activation).then(result));
  }

  #find({ type, keyText }: Owner): ActorCell | undefined {
    return this.#residence.find(type, keyText)?.cell;
  }
}
