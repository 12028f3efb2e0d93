import type { KeyedAddress } from "../../actor/definition/keyed-address.ts";
import { KeyTarget } from "../activation/key-target.ts";
import { ownerOf } from "../records/record-keys.ts";
import type { Activations } from "../residence/activations.ts";
import type { ActorAccess, KeyAddress } from "./actor-access.ts";
import { LocalAddress, LookUps } from "./local-address.ts";

/** The keyed actors of this process. */
export class LocalAccess implements ActorAccess {
  readonly #activations: Activations;
  readonly #lookUps: LookUps;

  constructor(activations: Activations) {
    this.#activations = activations;
    this.#lookUps = new LookUps(activations);
  }

  resolve(definition: KeyedAddress<never, unknown>, key: readonly string[]): KeyAddress {
    const type = this.#activations.typeOf(definition);
    const owner = ownerOf(type.name, key);
    const target = (input: unknown, mustExist: boolean): KeyTarget =>
      new KeyTarget(type, owner, input, mustExist);
    return new LocalAddress(target, this.#lookUps);
  }
}
