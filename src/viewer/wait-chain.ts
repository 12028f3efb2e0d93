import type { ActorEntry } from "./actor-entry.ts";

/**
 * Ids along the waits from `id` on, each actor by its first wait. It ends with an actor that waits for no
 * other, or with the first id that comes again.
 */
export function waitChain(
  id: string,
  find: (id: string) => ActorEntry | undefined,
): readonly string[] {
  const chain = [id];
  const nextOf = (from: string): string | undefined => find(from)?.row.waits[0]?.targetId;
  for (let next = nextOf(id); next !== undefined; next = nextOf(next)) {
    const isCycle = chain.includes(next);
    chain.push(next);
    if (isCycle) break;
  }
  return chain;
}
