import { isIP } from "node:net";

/** What a client on this machine may call a server that is bound to loopback. */
export const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Whether a server bound to `host` can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** `host` as it stands in a URL: IPv6 addresses in brackets. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Bound to all addresses, a server is reached from here under the loopback one. */
const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
]);

/** Where a server bound to `host` is reached from this machine, as it stands in a URL. */
export function localUrlHost(host: string): string {
  return urlHost(WILDCARDS.get(host) ?? host);
}

/**
 * Decides which `Host` headers a server answers. A page of the web whose name has been pointed at this
 * machine (DNS rebinding) comes with its own name there, and must not read what the server tells.
 */
export class HostGuard {
  readonly #names: ReadonlySet<string>;
  readonly #addresses: boolean;

  /**
   * @param host what the server is bound to
   * @param extraNames further names, for servers that are not bound to loopback
   */
  constructor(host: string, extraNames: readonly string[]) {
    const open = !isLoopback(host);
    const extra = open ? extraNames.map((name) => name.toLowerCase()) : [];
    this.#names = new Set([...LOOPBACK_NAMES, urlHost(host).toLowerCase(), ...extra]);
    // Rebinding needs a name. A machine that is open to others is scraped by address.
    this.#addresses = open;
  }

  /** @param header the value of `Host`, with or without a port */
  allows(header: string | undefined): boolean {
    if (header === undefined) return false;
    const name = header.toLowerCase().replace(/:\d*$/, "");
    return (
      this.#names.has(name) || (this.#addresses && isIP(name.replaceAll(/^\[|\]$/g, "")) !== 0)
    );
  }
}
