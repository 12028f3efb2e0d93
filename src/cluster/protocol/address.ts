import type { Owner } from "../../activation/records/record-keys.ts";

/*
 * The address of an actor in keys and subjects: type and key text as two tokens joined by a dot. Letters, digits, `-` and
 * `_` stay as they are; every other byte of UTF-8 is `=` and two hexadecimal digits. Part of the wire format.
 */

const PLAIN = /^[\w-]$/;
/** Most names and keys are tokens already. */
const PLAIN_TEXT = /^[\w-]+$/;
const TOKEN = /^(?:[\w-]|=[0-9A-F]{2})+$/;

/** Returns a text as one token: no dot, space, `*` or `>`. */
export function toToken(text: string): string {
  if (PLAIN_TEXT.test(text)) return text;
  let token = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const character = String.fromCharCode(byte);
    token += PLAIN.test(character)
      ? character
      : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

/** Returns the text of a token made by {@link toToken}; `undefined` for anything else. */
export function fromToken(token: string): string | undefined {
  if (PLAIN_TEXT.test(token)) return token;
  if (!TOKEN.test(token)) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < token.length; at += 1) {
    if (token[at] === "=") {
      bytes.push(Number.parseInt(token.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(token.charCodeAt(at));
  }
  const text = Buffer.from(bytes).toString("utf8");
  return toToken(text) === token ? text : undefined;
}

/** Returns the address of an actor. */
export function addressOf({ type, keyText }: Owner): string {
  return `${toToken(type)}.${toToken(keyText)}`;
}

/** Returns the actor of an address; `undefined` for other texts. */
export function ownerAt(address: string): Owner | undefined {
  const [typeToken = "", keyToken = "", ...rest] = address.split(".");
  const type = fromToken(typeToken);
  const keyText = fromToken(keyToken);
  return type === undefined || keyText === undefined || rest.length > 0
    ? undefined
    : { type, keyText };
}
