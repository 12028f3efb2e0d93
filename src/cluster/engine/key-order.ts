import type { KeyValuePage } from "./key-value.ts";

/** Returns the entries of a page, in order of their keys. */
export function pageOf<Entry extends { readonly key: string }>(
  entries: readonly Entry[],
  { after, limit }: KeyValuePage = {},
): readonly Entry[] {
  const wanted = after === undefined ? [...entries] : entries.filter(({ key }) => key > after);
  wanted.sort((one, other) => (one.key < other.key ? -1 : 1));
  return limit === undefined ? wanted : wanted.slice(0, limit);
}
