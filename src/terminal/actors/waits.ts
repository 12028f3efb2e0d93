import type { ActorRow, WaitRow } from "../../wire/snapshot.ts";
import type { LiveActor } from "./live-actors.ts";

/** Somebody who waits for an actor. */
export interface Waiter {
  readonly row: ActorRow;
  readonly wait: WaitRow;
}

/** Who waits for `id`, those who have waited longest first. */
export function waitersFor(id: string, actors: ReadonlyMap<string, LiveActor>): readonly Waiter[] {
  const waiters: Waiter[] = [];
  for (const { row } of actors.values()) {
    for (const wait of row.waits) if (wait.targetId === id) waiters.push({ row, wait });
  }
  return waiters.sort((one, other) => one.wait.sinceAtMs - other.wait.sinceAtMs);
}

/**
 * Ids along the waits from `id` on, each actor by its first wait. It ends with somebody who waits for
 * nobody, or with the first id that comes again.
 */
export function waitChain(id: string, actors: ReadonlyMap<string, LiveActor>): readonly string[] {
  const chain = [id];
  for (let next = firstWait(id, actors); next !== undefined; next = firstWait(next, actors)) {
    const circle = chain.includes(next);
    chain.push(next);
    if (circle) break;
  }
  return chain;
}

function firstWait(id: string, actors: ReadonlyMap<string, LiveActor>): string | undefined {
  return actors.get(id)?.row.waits[0]?.targetId;
}
