import type { IncomingMessage } from "node:http";
import { HttpCode, Refusal } from "./refusal.ts";

/** Methods of a readable resource; HEAD is GET without a body. */
export const READ_METHODS: readonly string[] = ["GET", "HEAD"];

/**
 * Maximum number of bytes read of a body that is too large. A client that is still sending when the
 * connection closes does not see the response.
 */
const DISCARDED_BYTES = 4_194_304;

/**
 * Checks the method of a request.
 *
 * @throws {@link Refusal} `METHOD`
 */
export function requireMethod({ method }: IncomingMessage, allowed: readonly string[]): void {
  if (allowed.includes(method ?? "")) return;
  const allow = allowed.join(", ");
  throw new Refusal(HttpCode.Method, `this takes ${allow}`, { headers: { Allow: allow } });
}

/**
 * Returns the target of a request, as a URL with a placeholder host.
 *
 * @throws {@link Refusal} `BAD_REQUEST` for a target that is not a path
 */
export function parseTarget({ url = "/" }: IncomingMessage): URL {
  const target =
    url.startsWith("/") && !url.startsWith("//") ? URL.parse(url, "http://invalid") : null;
  if (target !== null) return target;
  throw new Refusal(HttpCode.BadRequest, "the target of the request is no path");
}

/**
 * Reads a JSON body.
 *
 * @throws {@link Refusal} `MEDIA_TYPE` for other content, `BODY_TOO_LARGE`, `BAD_REQUEST` for invalid JSON
 */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const { "content-type": type = "", "content-encoding": encoding } = request.headers;
  if (!/^application\/json(?:\s*;|$)/i.test(type) || encoding !== undefined) {
    throw new Refusal(HttpCode.MediaType, "the body must be application/json, not compressed");
  }
  const body = await readBody(request, limitBytes);
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new Refusal(HttpCode.BadRequest, "the body is no JSON", { cause });
  }
}

/** Reads a body to its end; bytes beyond the limit are discarded. */
async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop must not destroy the request: its socket is needed for the response.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length;
    if (bytes <= limitBytes) chunks.push(chunk as Buffer);
    else chunks.length = 0;
    if (bytes > DISCARDED_BYTES) break;
  }
  if (bytes <= limitBytes) return Buffer.concat(chunks);
  throw new Refusal(HttpCode.BodyTooLarge, `a body has at most ${limitBytes} bytes`, {
    // The rest of the body would be parsed as the next request.
    headers: { Connection: "close" },
  });
}
