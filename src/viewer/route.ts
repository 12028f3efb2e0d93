/**
 * The location in a viewer: a tab with its selection and filters. The URL contains all of it, so it can be
 * shared.
 */
export interface Route {
  /** Empty for the first tab. */
  readonly tab: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Parses `#/actors?type=desk&actor=desk%2F3f9a1c-2`. Invalid parts are ignored. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#?\/?/, "");
  const at = path.indexOf("?");
  const tab = at === -1 ? path : path.slice(0, at);
  const params = new URLSearchParams(at === -1 ? "" : path.slice(at + 1));
  return { tab: /^[a-z]+$/.test(tab) ? tab : "", params: Object.fromEntries(params) };
}

/** Returns the hash of a route, from its `#` on. Empty values are omitted. */
export function formatRoute({ tab, params }: Route): string {
  const given = Object.entries(params).filter(([, value]) => value !== "");
  const query = new URLSearchParams(given).toString();
  return query === "" ? `#/${tab}` : `#/${tab}?${query}`;
}
