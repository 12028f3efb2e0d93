const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/** Rank of a UTF-16 unit among units that differ: surrogates stand for code points above all others. */
function rankOf(unit: number): number {
  return unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE ? unit + 0x10000 : unit;
}

/**
 * Compares two keys by their bytes in UTF-8, without encoding them.
 *
 * JavaScript compares UTF-16 units, which sorts U+E000 to U+FFFF after the characters beyond them.
 */
export function compareKeys(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const [unit, otherUnit] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (unit !== otherUnit) return rankOf(unit) - rankOf(otherUnit);
  }
  return one.length - other.length;
}

/** Returns the first index whose item is not below `key`; `items` are sorted by their keys. */
export function lowerBound<Item>(
  items: readonly Item[],
  key: string,
  keyOf: (item: Item) => string,
): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keyOf(items[middle] as Item), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
