import type { Owner } from "../../activation/records/record-keys.ts";

/*
 * The address of an actor in keys and subjects: type and key text as two tokens joined by a dot. Letters, digits, `-` and
 * `_` stay as they are; every other byte of UTF-8 is `=` and two hexadecimal digits. A token that would be longer than 512
 * characters is `==` and the text in base64url: a subject must fit into a control line of the protocol. Part of the wire
 * format.
 */

const PLAIN = /^[\w-]$/;
const READABLE = /^(?:[\w-]|=[0-9A-F]{2})+$/;
const WHOLLY_PLAIN = /^[\w-]+$/;
/** Begins a token in base64url, and never one of the readable form, in which hexadecimal digits follow a `=`. */
const COMPACT = "==";
/** Stands for the empty text: a subject has no empty tokens. */
const EMPTY = "=";
const MAX_READABLE = 512;

/** Returns a text as one token: no dot, space, `*` or `>`. One text has one token. */
export function toToken(text: string): string {
  if (isPlain(text)) return text;
  if (text === "") return EMPTY;
  const token = text.length <= MAX_READABLE ? readable(text) : undefined;
  if (token !== undefined && token.length <= MAX_READABLE) return token;
  return `${COMPACT}${Buffer.from(text).toString("base64url")}`;
}

/** Returns the text of a token made by {@link toToken}; `undefined` for anything else. */
export function fromToken(token: string): string | undefined {
  if (isPlain(token)) return token;
  if (token === EMPTY) return "";
  const text = token.startsWith(COMPACT)
    ? Buffer.from(token.slice(COMPACT.length), "base64url").toString()
    : readableText(token);
  return text !== undefined && toToken(text) === token ? text : undefined;
}

/** Most names and keys are tokens already. */
function isPlain(text: string): boolean {
  return text.length <= MAX_READABLE && WHOLLY_PLAIN.test(text);
}

function readable(text: string): string {
  let token = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const character = String.fromCharCode(byte);
    token += PLAIN.test(character)
      ? character
      : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

function readableText(token: string): string | undefined {
  if (!READABLE.test(token)) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < token.length; at += 1) {
    if (token[at] === "=") {
      bytes.push(Number.parseInt(token.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(token.charCodeAt(at));
  }
  return Buffer.from(bytes).toString("utf8");
}

/** Returns the address of an actor. */
export function addressOf({ type, keyText }: Owner): string {
  return `${toToken(type)}.${toToken(keyText)}`;
}

/** Returns the actor of an address; `undefined` for other texts. */
export function ownerAt(address: string): Owner | undefined {
  const dot = address.indexOf(".");
  if (dot === -1) return undefined;
  const type = fromToken(address.slice(0, dot));
  const keyText = fromToken(address.slice(dot + 1)); // no token has a dot
  const isOwner = type !== undefined && type !== "" && keyText !== undefined && keyText !== "";
  return isOwner ? { type, keyText } : undefined;
}
