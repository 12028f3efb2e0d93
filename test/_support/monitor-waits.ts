import type { Waits } from "../../src/monitor/waits/wait-graph.ts";

/** A graph of waits whose parties are numbers. */
export type NumberedWaits = ReadonlyMap<number, Waits<number>>;

/**
 * The deadlocked by the book, without cleverness: everybody is taken to be, and in each round whoever has
 * reason to go on is let go, until a round changes nothing.
 */
export function deadlockedByRounds(waits: NumberedWaits): Set<number> {
  const held = new Set(waits.keys());
  for (let changed = true; changed; ) {
    changed = false;
    for (const party of [...held]) {
      const { mode, targets } = waits.get(party) as Waits<number>;
      const isFree = (target: number): boolean => !held.has(target);
      const goesOn =
        mode === "any" ? targets.length === 0 || targets.some(isFree) : targets.every(isFree);
      if (!goesOn) continue;
      held.delete(party);
      changed = true;
    }
  }
  return held;
}

/** Who can be reached from whom over deadlocked parties, by Warshall's rule. */
function reachability(waits: NumberedWaits, held: ReadonlySet<number>): Map<number, Set<number>> {
  const reach = new Map<number, Set<number>>();
  for (const party of held) {
    reach.set(party, new Set(waits.get(party)?.targets.filter((target) => held.has(target))));
  }
  for (const middle of held) {
    for (const from of held) {
      if (!reach.get(from)?.has(middle)) continue;
      for (const to of reach.get(middle) ?? []) reach.get(from)?.add(to);
    }
  }
  return reach;
}

/** The knots: who reaches all that it is reached by, sorted. */
export function knotsByReachability(waits: NumberedWaits, held: ReadonlySet<number>): number[][] {
  const reach = reachability(waits, held);
  const knots = new Map<string, number[]>();
  for (const [party, reached] of reach) {
    const mutual = [...reached].every((other) => reach.get(other)?.has(party));
    if (!mutual || !reached.has(party)) continue;
    const knot = [...reached].toSorted((a, b) => a - b);
    knots.set(knot.join(), knot);
  }
  return [...knots.values()];
}
