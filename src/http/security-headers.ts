/** Policy of a server without pages of its own: a page may not load, frame or submit anything. */
const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/**
 * Returns the headers of every response, which prevent caching, framing, content sniffing and cross-site
 * reads.
 *
 * @param contentSecurityPolicy for a server whose pages load resources
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
