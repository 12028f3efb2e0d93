import type { KeyedAddress } from "../../actor/definition/keyed-address.ts";
import { KeyTarget } from "../activation/key-target.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import { decodeActorKey } from "../definition/actor-key.ts";
import { type Owner, ownerOf } from "../records/record-keys.ts";
import type { Activations } from "../residence/activations.ts";
import type { ActorAccess, KeyAddress } from "./actor-access.ts";
import { LocalAddress, LookUps, Reach } from "./local-address.ts";

/** The keyed actors of this process, or all that it can send messages to. */
export class LocalAccess implements ActorAccess {
  readonly #activations: Activations;
  readonly #lookUps: LookUps;
  readonly #reach: Reach;

  /** @param reach what becomes of messages to keys that are not awake here, if they may be in other processes */
  constructor(activations: Activations, reach: Reach = Reach.Here) {
    this.#activations = activations;
    this.#lookUps = new LookUps(activations);
    this.#reach = reach;
  }

  resolve(definition: KeyedAddress<never, unknown>, key: readonly string[]): KeyAddress {
    const type = this.#activations.typeOf(definition);
    return this.#address(type, ownerOf(type.name, key));
  }

  /** Returns the address of a key by its names; `undefined` if this process does not have its type. */
  at(owner: Owner): KeyAddress | undefined {
    const type = this.#activations.directory.type(owner.type);
    if (type === undefined || decodeActorKey(owner.keyText) === undefined) return undefined;
    return this.#address(type, owner);
  }

  #address(type: KeyedType, owner: Owner): KeyAddress {
    const target = (input: unknown, mustExist: boolean): KeyTarget =>
      new KeyTarget(type, owner, input, mustExist);
    return new LocalAddress(target, this.#lookUps, this.#reach);
  }
}
