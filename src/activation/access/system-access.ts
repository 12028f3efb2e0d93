import type { ActorAccess } from "./actor-access.ts";

const accesses = new WeakMap<object, ActorAccess>();

/** Connects a system with what gateways reach its keyed actors by. */
export function addAccess(system: object, access: ActorAccess): void {
  accesses.set(system, access);
}

/** Returns what gateways reach the keyed actors of a system by; `undefined` for anything but a system. */
export function accessOf(system: object): ActorAccess | undefined {
  return accesses.get(system);
}
