import { choose, fits, serves } from "../decisions/choose.ts";
import { ownerAt } from "../protocol/address.ts";
import type { Members } from "./members.ts";

/** Where actors can be placed now. */
export class RunnerChoice {
  readonly #members: Members;

  constructor(members: Members) {
    this.#members = members;
  }

  /** Returns the runner for an actor; `undefined` if none fits. */
  for(address: string, avoid?: string): string | undefined {
    const type = ownerAt(address)?.type;
    if (type === undefined) return undefined;
    return choose({ address, type, avoid }, this.#members.all())?.runnerId;
  }

  /** Whether any runner could take an actor of the type of `address` now. */
  isPossible(address: string): boolean {
    const type = ownerAt(address)?.type ?? "";
    for (const member of this.#members.all()) if (fits(member, type)) return true;
    return false;
  }

  /** Whether any runner serves the type of `address`, also if it is full or draining. */
  isServed(address: string): boolean {
    const type = ownerAt(address)?.type ?? "";
    for (const member of this.#members.all()) {
      if (!member.isGone && serves(member, type)) return true;
    }
    return false;
  }

  /** Whether a running actor may be moved to even out the load. */
  isMovable(address: string): boolean {
    const type = ownerAt(address)?.type ?? "";
    for (const member of this.#members.all()) {
      if (member.types.get(type)?.movable === false) return false;
    }
    return true;
  }

  /** Whether actors on a runner are to be reached there; of a runner that is not known yet, they are. */
  isThere(runnerId: string): boolean {
    const member = this.#members.find(runnerId);
    return member === undefined ? !this.#members.isCurrent : !member.isGone;
  }
}
