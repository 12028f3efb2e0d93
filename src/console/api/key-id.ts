import { Refusal } from "../../http/refusal.ts";
import { ProblemCode } from "../problem.ts";

/** The two parts of the id of a key. */
export interface KeyId {
  readonly type: string;
  /** Text of the key, as in the store. */
  readonly key: string;
}

/**
 * Splits the id of a key: `room/lobby,de`.
 *
 * @throws {@link Refusal} 400 when it has no type or no key
 */
export function readKeyId(id: string): KeyId {
  const at = id.indexOf("/");
  const [type, key] = [id.slice(0, at), id.slice(at + 1)];
  if (at > 0 && key !== "") return { type, key: toKeyText(key) };
  throw new Refusal(ProblemCode.BadRequest, "the id of a key is its type, a slash and its text");
}

/** Returns the text of a key from text typed by a user, in which `/` and `~` may be unescaped. */
export function toKeyText(typed: string): string {
  return typed.replaceAll(/~(?![012])/g, "~0").replaceAll("/", "~1");
}
