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
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at);
        break;
      case "[":
      case "{":
        depth += 1;
        deepest = Math.max(deepest, depth);
        break;
      case "]":
      case "}":
        depth -= 1;
        break;
    }
  }
  return deepest;
}

/** Returns where the string that begins at `from` ends. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
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
