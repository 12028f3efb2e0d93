/** Where a viewer is: a tab, and what is chosen and filtered there. It is all in the address, to be shared. */
export interface Route {
  /** Empty: the first one. */
  readonly tab: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Reads `#/actors?type=desk&actor=desk%2F3f9a1c-2`. What cannot be read is left out. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#?\/?/, "");
  const at = path.indexOf("?");
  const tab = at === -1 ? path : path.slice(0, at);
  const params = new URLSearchParams(at === -1 ? "" : path.slice(at + 1));
  return { tab: /^[a-z]+$/.test(tab) ? tab : "", params: Object.fromEntries(params) };
}

/** The address of a route, from its `#` on; empty values are left out. */
export function formatRoute({ tab, params }: Route): string {
  const given = Object.entries(params).filter(([, value]) => value !== "");
  const query = new URLSearchParams(given).toString();
  return query === "" ? `#/${tab}` : `#/${tab}?${query}`;
}
