import { ErrorCode, UsageError } from "../../base/errors.ts";
import { securityHeaders } from "../../http/security-headers.ts";

/** Of one connection, and not of what is sent through it. */
const HOP_BY_HOP: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
const SECRETS: readonly string[] = ["authorization", "cookie"];
/** Security headers that an actor may replace. */
const REPLACED: ReadonlySet<string> = new Set(["cache-control", "content-security-policy"]);
const SECURITY = Object.entries(securityHeaders());
/** Headers that the gateway sets itself. */
const OWN: ReadonlySet<string> = new Set([
  "content-length", // one that is wrong would break the connection; a body is sent in chunks
  "date",
  "traceresponse",
  "x-request-id",
  ...SECURITY.map(([name]) => name.toLowerCase()).filter((name) => !REPLACED.has(name)),
]);

/**
 * Returns the headers of a request as the actor gets them: without those of the connection and without what identifies
 * the caller to the gateway.
 *
 * @param withSecrets for a gateway that does not read them
 */
export function headersForActor(headers: Headers, withSecrets: boolean): Headers {
  deleteHopByHop(headers);
  headers.delete("expect");
  if (!withSecrets) for (const name of SECRETS) headers.delete(name);
  return headers;
}

/** What HTTP allows in a value. `Headers` take control characters, too, which no server sends. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Returns the headers of an actor's response, names and values in turns, and the security headers with them.
 *
 * @param withCookies whether the actor may set cookies
 * @throws {@link UsageError} `ERR_INVALID_OPTION` for a value that cannot be sent
 */
export function headersFromActor(given: Headers, withCookies: boolean): readonly string[] {
  const headers = new Headers(given);
  deleteHopByHop(headers);
  const all: string[] = [];
  for (const [name, value] of SECURITY) {
    if (!REPLACED.has(name.toLowerCase()) || !headers.has(name)) all.push(name, value);
  }
  for (const [name, value] of headers) {
    if (OWN.has(name) || name.startsWith("access-control-")) continue;
    if (name === "set-cookie" && !withCookies) continue;
    if (!VALUE.test(value)) {
      const code = ErrorCode.InvalidOption;
      throw new UsageError(`header ${name} of a response has a control character`, { code });
    }
    all.push(name, value);
  }
  return all;
}

/** Deletes the headers of the connection, also those that the `Connection` header names. */
function deleteHopByHop(headers: Headers): void {
  const named = (headers.get("connection") ?? "").split(",").map((name) => name.trim());
  for (const name of named) if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) headers.delete(name);
  for (const name of HOP_BY_HOP) headers.delete(name);
}
