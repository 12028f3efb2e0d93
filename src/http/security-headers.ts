/** Nothing is loaded, framed or sent by a page of a server that has none of its own. */
const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/**
 * Headers of every answer: it is not kept, framed, interpreted as another type or readable for other sites.
 *
 * @param contentSecurityPolicy for a server with pages that load something
 */
export function securityHeaders(
  contentSecurityPolicy: string = NO_CONTENT_POLICY,
): Readonly<Record<string, string>> {
  return {
    "Content-Security-Policy": contentSecurityPolicy,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  };
}
