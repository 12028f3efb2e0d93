import type { IncomingMessage } from "node:http";
import { Refusal, ShopErrorCode } from "./http-reply.ts";

/**
 * Names by which a browser on this machine addresses the server. Any other name is a DNS rebinding attempt.
 */
const OWN_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Refuses requests that a page of another site may have sent.
 *
 * @param allowedHosts further names, in lower case and without a port
 * @throws {@link Refusal} 400 or 403
 */
export function requireOwnSite(request: IncomingMessage, allowedHosts: readonly string[]): void {
  const { host = "", origin, "sec-fetch-site": site } = request.headers;
  const name = host.replace(/:\d{1,5}$/, "").toLowerCase();
  if ((request.headersDistinct["host"]?.length ?? 0) > 1) {
    throw new Refusal(400, ShopErrorCode.ForeignHost, "a request has one host header");
  }
  if (!OWN_HOST.test(host) && !allowedHosts.includes(name)) {
    throw new Refusal(403, ShopErrorCode.ForeignHost, "the host header names another machine");
  }
  if (site === "same-origin") return;
  const isOwnOrigin = origin === undefined || isOriginOf(origin, host, request.socket.localPort);
  const isOwnSite = site === undefined || site === "none" || isOpenedPage(request);
  if (isOwnOrigin && isOwnSite) return;
  throw new Refusal(403, ShopErrorCode.CrossSite, "requests of other sites are not answered");
}

function isOriginOf(origin: string, host: string, port: number | undefined): boolean {
  const [, name] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
  if (name === undefined) return false;
  const isOwn = OWN_HOST.test(name) && name.endsWith(`:${port}`);
  return isOwn || name.toLowerCase() === host.toLowerCase();
}

/** A link on another page may open an address, because the response is not visible to that page. */
function isOpenedPage({ method, headers }: IncomingMessage): boolean {
  const { "sec-fetch-mode": mode, "sec-fetch-dest": destination } = headers;
  return method === "GET" && mode === "navigate" && destination === "document";
}
