import { isIP } from "node:net";

/** What a client on this machine may call a server that is bound to loopback. */
export const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Bound to all addresses, a server is reached from this machine by the loopback address. */
const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
]);

/** Whether a server bound to `host` can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** `host` as it is written in a URL: IPv6 addresses in brackets. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Where a server bound to `host` is reached from this machine, as it is written in a URL. */
export function localUrlHost(host: string): string {
  return urlHost(WILDCARDS.get(host) ?? host);
}
