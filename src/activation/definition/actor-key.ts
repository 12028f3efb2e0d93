import type { ActorKey } from "../../actor/definition/keyed-address.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";

/** Maximum number of parts of a key. */
const MAX_KEY_PARTS = 16;
/** Maximum size of all parts of a key together, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1_024;

const MAX_SHOWN = 70;

/**
 * Returns the parts of a key, frozen and without a reference to the caller's array.
 *
 * @throws {@link UsageError} `ERR_INVALID_KEY` unless there are 1 to 16 non-empty, well-formed texts of at most 1,024
 *   bytes together
 */
export function requireActorKey(key: ActorKey): readonly string[] {
  const parts = partsOf(key);
  if (parts.length === 0) throw invalid("a key must have at least one part");
  requireParts(parts);
  const empty = parts.indexOf("");
  if (empty !== -1) throw invalid(`part ${empty + 1} of key ${shownKey(parts)} is empty`);
  return Object.freeze(parts);
}

/** Copies the parts; a length that is out of range is refused before that. */
function partsOf(key: unknown): string[] {
  if (typeof key === "string") return [key];
  if (!Array.isArray(key)) {
    const type = key === null ? "null" : typeof key;
    throw invalid(`a key must be a string or an array of strings, not ${type}`);
  }
  if (key.length > MAX_KEY_PARTS) {
    throw invalid(`a key must have at most ${MAX_KEY_PARTS} parts, not ${key.length}`);
  }
  return Array.from(key as readonly string[]);
}

function requireParts(parts: readonly string[]): void {
  let sizeBytes = 0;
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] as string;
    if (typeof part !== "string") {
      throw invalid(`part ${at + 1} of a key must be a string, not ${typeof part}`);
    }
    // Counting the bytes of a text of any length takes time; its units are a lower bound.
    sizeBytes += part.length > MAX_KEY_BYTES ? part.length : Buffer.byteLength(part);
    if (sizeBytes > MAX_KEY_BYTES) {
      throw invalid(`key ${shownKey(parts)} has more than ${MAX_KEY_BYTES} bytes`);
    }
    if (part.isWellFormed()) continue;
    throw invalid(`key ${shownKey(parts)} has half a surrogate pair, which has no bytes`);
  }
}

function invalid(message: string): UsageError {
  return new UsageError(message, { code: ErrorCode.InvalidKey });
}

/** Returns parts for an error: in quotes, on one line and shortened. */
function shownKey(parts: readonly string[]): string {
  const text = parts.map((part) => quote(String(part).slice(0, MAX_SHOWN))).join(",");
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const ESCAPES: Readonly<Record<string, string>> = { "~": "~0", "/": "~1", ",": "~2" };
const UNESCAPES: Readonly<Record<string, string>> = { "~0": "~", "~1": "/", "~2": "," };

function encodePart(part: string): string {
  return /[~/,]/.test(part)
    ? part.replaceAll(/[~/,]/g, (character) => ESCAPES[character] ?? character)
    : part;
}

/**
 * Returns the text of a key: its parts, joined by `,`. Within a part, `~`, `/` and `,` are written as `~0`, `~1` and
 * `~2`, so that different keys have different texts and the text can be a part of a store's key.
 *
 * @param parts as returned by {@link requireActorKey}
 */
export function encodeActorKey(parts: readonly string[]): string {
  return parts.length === 1 ? encodePart(parts[0] as string) : parts.map(encodePart).join(",");
}

/** Returns the parts of a key from its text; `undefined` if the text is not that of a key. */
export function decodeActorKey(text: string): readonly string[] | undefined {
  if (/^[^~/,]+$/.test(text)) return [text]; // most keys are one part as it is
  const parts = text.split(",");
  const isKey = parts.every((part) => /^(?:[^~/]|~[012])+$/s.test(part));
  if (!isKey) return undefined;
  return parts.map((part) => part.replaceAll(/~[012]/g, (code) => UNESCAPES[code] ?? code));
}

/**
 * Returns what the texts of the keys of a listing start with: of a text, the keys whose first part begins with it; of
 * parts, the keys that begin with these parts and have further ones.
 *
 * @throws {@link UsageError} `ERR_INVALID_KEY`
 */
export function encodeKeyPrefix(prefix: ActorKey = ""): string {
  if (typeof prefix === "string") {
    requireParts([prefix]);
    return encodePart(prefix);
  }
  if (partsOf(prefix).length === 0) return "";
  return `${encodeActorKey(requireActorKey(prefix))},`;
}
