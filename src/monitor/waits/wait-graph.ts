/** Whether a party continues when one of its waits has ended, or only after all of them. */
export const WaitMode = { Any: "any", All: "all" } as const;
export type WaitMode = (typeof WaitMode)[keyof typeof WaitMode];

/** The waits of one party. */
export interface Waits<Party> {
  readonly mode: WaitMode;
  readonly targets: readonly Party[];
}

/**
 * Returns the parties that can never continue by themselves. A party that is not a key of `waits`, or has no
 * targets, is free. A party that waits for any of its targets is free as soon as one of them is; a party that
 * waits for all of them, when all are. The remaining parties are deadlocked or wait behind a deadlock.
 */
export function findDeadlocked<Party>(waits: ReadonlyMap<Party, Waits<Party>>): Set<Party> {
  const waiters = waitersByTarget(waits);
  const missing = new Map<Party, number>();
  const free = [...waiters.keys()].filter((target) => !waits.has(target));
  for (const [party, { mode, targets }] of waits) {
    missing.set(party, mode === WaitMode.Any ? 1 : targets.length);
    if (targets.length === 0) free.push(party);
  }
  const freed = new Set<Party>(free);
  for (let party = free.pop(); party !== undefined; party = free.pop()) {
    for (const waiter of waiters.get(party) ?? []) {
      const left = (missing.get(waiter) ?? 0) - 1;
      missing.set(waiter, left);
      if (left > 0 || freed.has(waiter)) continue;
      freed.add(waiter);
      free.push(waiter);
    }
  }
  return new Set([...waits.keys()].filter((party) => !freed.has(party)));
}

/** Returns the waiters of each target, once per wait. */
function waitersByTarget<Party>(waits: ReadonlyMap<Party, Waits<Party>>): Map<Party, Party[]> {
  const waiters = new Map<Party, Party[]>();
  for (const [party, { targets }] of waits) {
    for (const target of targets) {
      const those = waiters.get(target);
      if (those === undefined) waiters.set(target, [party]);
      else those.push(party);
    }
  }
  return waiters;
}

/**
 * Returns the knots among `deadlocked`: groups in which each party waits for every other, directly or
 * through others, and no party waits for a deadlocked one outside. The knots must be broken; the other
 * parties only wait behind them.
 */
export function findKnots<Party>(
  waits: ReadonlyMap<Party, Waits<Party>>,
  deadlocked: ReadonlySet<Party>,
): Party[][] {
  const targetsOf = (party: Party): readonly Party[] =>
    (waits.get(party)?.targets ?? []).filter((target) => deadlocked.has(target));
  return connectedGroups(deadlocked, targetsOf).filter((group) => {
    const members = new Set(group);
    return group.every((member) => targetsOf(member).every((target) => members.has(target)));
  });
}

/** Returns the parties outside `knot` that wait for it, directly or through others; all are deadlocked. */
export function findBehind<Party>(
  waits: ReadonlyMap<Party, Waits<Party>>,
  deadlocked: ReadonlySet<Party>,
  knot: readonly Party[],
): Set<Party> {
  const waiters = waitersByTarget(waits);
  const reached = new Set(knot);
  for (const party of reached) {
    for (const waiter of waiters.get(party) ?? []) if (deadlocked.has(waiter)) reached.add(waiter);
  }
  for (const member of knot) reached.delete(member);
  return reached;
}

/** A party on the current path of the search. */
interface Visit<Party> {
  readonly party: Party;
  readonly targets: readonly Party[];
  next: number;
}

/**
 * Finds strongly connected components without recursion, since chains of waits may be long.
 *
 * @see Tarjan, "Depth-first search and linear graph algorithms" (1972)
 */
function connectedGroups<Party>(
  parties: Iterable<Party>,
  targetsOf: (party: Party) => readonly Party[],
): Party[][] {
  const groups: Party[][] = [];
  const index = new Map<Party, number>();
  const low = new Map<Party, number>();
  const open: Party[] = [];
  const isOpen = new Set<Party>();
  const path: Visit<Party>[] = [];
  const lower = (party: Party, to: number): void => {
    low.set(party, Math.min(low.get(party) ?? to, to));
  };
  const enter = (party: Party): void => {
    lower(party, index.size);
    index.set(party, index.size);
    open.push(party);
    isOpen.add(party);
    path.push({ party, targets: targetsOf(party), next: 0 });
  };
  const leave = ({ party }: Visit<Party>): void => {
    path.pop();
    const above = path.at(-1);
    const lowest = low.get(party) ?? 0;
    if (above !== undefined) lower(above.party, lowest);
    if (lowest !== index.get(party)) return;
    const group = open.splice(open.lastIndexOf(party));
    for (const member of group) isOpen.delete(member);
    groups.push(group);
  };
  for (const root of parties) {
    if (!index.has(root)) enter(root);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const target = visit.targets[visit.next];
      visit.next += 1;
      if (target === undefined) leave(visit);
      else if (!index.has(target)) enter(target);
      else if (isOpen.has(target)) lower(visit.party, index.get(target) ?? 0);
    }
  }
  return groups;
}
