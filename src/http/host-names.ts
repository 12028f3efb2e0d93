import { isIP } from "node:net";

/** Names by which a client on this machine may address a server that is bound to loopback. */
export const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Loopback addresses at which this machine reaches a server that is bound to all addresses. */
const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
]);

/** Returns whether a server bound to `host` can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Returns `host` without the brackets in which an IPv6 address is copied from a URL. */
export function bareHost(host: string): string {
  const inner = /^\[(.*)\]$/.exec(host)?.[1] ?? "";
  return isIP(inner) === 6 ? inner : host;
}

/** Returns `host` in URL form: IPv6 addresses in brackets. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Returns, in URL form, the host at which this machine reaches a server bound to `host`. */
export function localUrlHost(host: string): string {
  return urlHost(WILDCARDS.get(host) ?? host);
}
