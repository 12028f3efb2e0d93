/** One of the values that a series has counted, and the trace it comes from. */
export interface Exemplar {
  readonly traceId: string;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly value: number;
}

/** At most one of `exemplars` in each of `slots` equal parts of the time: the largest, as it is the one to look at. */
export function thinOut(
  exemplars: readonly Exemplar[],
  { start, end }: { readonly start: number; readonly end: number },
  slots: number,
): Exemplar[] {
  const largest = new Map<number, Exemplar>();
  for (const each of exemplars) {
    if (each.traceId === "" || each.time < start || each.time > end) continue;
    const slot = Math.floor(((each.time - start) / (end - start)) * slots);
    const known = largest.get(slot);
    if (known === undefined || known.value < each.value) largest.set(slot, each);
  }
  return [...largest.values()];
}
