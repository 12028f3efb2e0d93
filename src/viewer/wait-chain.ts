import type { ActorEntry } from "./actor-entry.ts";

/**
 * Returns the ids along the waits from `id`, following the first wait of each actor. The chain ends with an
 * actor that does not wait, or with the first id that occurs again.
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
