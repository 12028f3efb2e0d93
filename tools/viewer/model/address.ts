// What is seen stands in the page's address, under the names Grafana gives it: it can be kept and passed on.

/** Everything on this page but the data. */
export interface Address {
  /** Empty as long as no dashboard is named. */
  readonly uid: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** What has been chosen, by variable; one that is not here has its default. */
  readonly chosen: Readonly<Record<string, readonly string[]>>;
}

/** Stands for all values of a variable. */
export const ALL = "$__all";
const VARIABLE = "var-";

/** Reads `/d/<uid>?from=…&to=…&var-<name>=…`. */
export function readAddress(href: string): Address {
  const { pathname, searchParams } = new URL(href, "http://localhost");
  const chosen: Record<string, string[]> = {};
  for (const [key, value] of searchParams) {
    if (!key.startsWith(VARIABLE)) continue;
    const name = key.slice(VARIABLE.length);
    chosen[name] = [...(chosen[name] ?? []), value];
  }
  const [, uid = ""] = /^\/d\/([\w-]+)/.exec(pathname) ?? [];
  return {
    uid,
    from: searchParams.get("from") ?? undefined,
    to: searchParams.get("to") ?? undefined,
    chosen,
  };
}

/** The other way around. */
export function writeAddress({ uid, from, to, chosen }: Address): string {
  const parameters = new URLSearchParams();
  for (const [name, values] of Object.entries(chosen)) {
    for (const value of values) parameters.append(`${VARIABLE}${name}`, value);
  }
  if (from !== undefined) parameters.set("from", from);
  if (to !== undefined) parameters.set("to", to);
  const query = parameters.toString();
  return `/d/${uid}${query === "" ? "" : `?${query}`}`;
}
