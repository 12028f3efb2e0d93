import { fromToken, toToken } from "../protocol/address.ts";

/** Begins a token in base64url, and never one of the plain form, in which hexadecimal digits follow a `=`. */
const COMPACT = "==";
/** Stands for the empty text: a subject has no empty tokens. */
const EMPTY = "=";
const PLAIN = /^[\w-]+$/;
/** From this length on the compact form is used: a subject must fit into a control line of the protocol. */
const MAX_READABLE = 512;

/**
 * Returns any text as one token of a subject: readable, as in addresses; in base64url where that would be long. One text
 * has one token.
 */
export function tokenOf(text: string): string {
  if (text.length <= MAX_READABLE && PLAIN.test(text)) return text;
  if (text === "") return EMPTY;
  const readable = text.length <= MAX_READABLE ? toToken(text) : undefined;
  if (readable !== undefined && readable.length <= MAX_READABLE) return readable;
  return `${COMPACT}${Buffer.from(text).toString("base64url")}`;
}

/** Returns the text of a token made by {@link tokenOf}; `undefined` for anything else. */
export function textOf(token: string): string | undefined {
  if (token === EMPTY) return "";
  const text = token.startsWith(COMPACT)
    ? Buffer.from(token.slice(COMPACT.length), "base64url").toString()
    : fromToken(token);
  return text !== undefined && tokenOf(text) === token ? text : undefined;
}
