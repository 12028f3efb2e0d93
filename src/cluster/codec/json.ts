import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";

/** Names that change the prototype of what they are copied to. */
const FORBIDDEN: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Returns whether a key of JSON is one that no record may have. */
export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN.has(key);
}

/** Returns the error for something that is not of the protocol. `text` must not contain what was received. */
export function invalid(text: string, cause?: unknown): ClusterError {
  return new ClusterError(text, { code: ErrorCode.ProtocolInvalid, cause });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes JSON that was received. Its size and depth are checked before it is parsed. Of two equal keys of an object, the
 * last one counts.
 *
 * @param what it is, for the message of the error
 * @throws ClusterError `ERR_PROTOCOL_INVALID`
 */
export function parseJson(what: string, bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.byteLength > maxBytes) {
    throw invalid(`${what} has ${bytes.byteLength} bytes, ${maxBytes} are allowed`);
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    throw invalid(`${what} is not UTF-8`, error);
  }
  if (depthOf(text) > LIMITS.jsonDepth) {
    throw invalid(`${what} is nested more than ${LIMITS.jsonDepth} levels deep`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`${what} is not JSON`); // the error of the parser quotes the text
  }
}

/** Returns how deep the brackets of a JSON text go. Those within strings do not count. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === 0x5c) at += 1;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (unit === 0x5d || unit === 0x7d) depth -= 1;
  }
  return deepest;
}

/**
 * Encodes a value that was checked.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID` if it is larger than `maxBytes`
 */
export function formatJson(what: string, value: unknown, maxBytes: number): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(value), "utf8");
  if (bytes.byteLength <= maxBytes) return bytes;
  throw invalid(`${what} has ${bytes.byteLength} bytes, ${maxBytes} are allowed`);
}
