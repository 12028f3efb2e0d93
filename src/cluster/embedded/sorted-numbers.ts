/** Returns the first index of `sorted` whose number is not below `wanted`. */
export function lowerBound(sorted: readonly number[], wanted: number): number {
  // Most numbers that come are the highest, and most that go are the lowest.
  const last = sorted.at(-1);
  if (last === undefined || last < wanted) return sorted.length;
  if ((sorted[0] as number) >= wanted) return 0;
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds a number to a sorted list, unless it is there. */
export function insertSorted(sorted: number[], number: number): void {
  const at = lowerBound(sorted, number);
  if (sorted[at] !== number) sorted.splice(at, 0, number);
}

/** Removes a number from a sorted list, if it is there. */
export function removeSorted(sorted: number[], number: number): void {
  const at = lowerBound(sorted, number);
  if (sorted[at] === number) sorted.splice(at, 1);
}
