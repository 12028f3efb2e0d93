import { ErrorCode, UsageError } from "./errors.ts";

/** Names allowed in metric attributes and span names: short, printable, on one line. */
const NAME_SHAPE = /^[A-Za-z_$][\w$.-]{0,63}$/;

/** Names that JavaScript looks up implicitly on any object. A handler with such a name would be called. */
const RESERVED: ReadonlySet<string> = new Set([
  "then",
  "constructor",
  "toString",
  "toJSON",
  "valueOf",
  "__proto__",
  "hasOwnProperty",
]);

/** Returns whether JavaScript looks `name` up implicitly, which makes it unusable as a name. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name);
}

/** Control characters and line ends that JSON does not escape. */
const UNESCAPED = /[\x7f-\x9f\u2028\u2029]/g;

/** Returns `text` in quotes and on one line. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    UNESCAPED,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Returns an invalid name for use in an error: shortened, with control characters escaped. */
function printable(name: unknown): string {
  if (typeof name !== "string") return `of type ${typeof name}`;
  const text = quote(name);
  return text.length > 70 ? `${text.slice(0, 70)}…` : text;
}

/**
 * Checks `name` against the rule for actor types, messages, timers and tasks.
 *
 * @param what the named thing, for the message of the error
 * @throws {@link UsageError} `ERR_INVALID_NAME` when the name is not 1–64 of `A-Z a-z 0-9 _ $ . -`
 */
export function requireName(what: string, name: unknown): void {
  if (typeof name === "string" && NAME_SHAPE.test(name) && !RESERVED.has(name)) return;
  throw new UsageError(
    `${what} ${printable(name)} must be 1 to 64 of A-Z a-z 0-9 _ $ . - and no word JavaScript reserves`,
    { code: ErrorCode.InvalidName },
  );
}

/** Replaces every name beyond a {@link NameCap}. */
export const OTHER_NAME = "_OTHER";

/** Accepts the first `limit` distinct names and replaces all later ones by `_OTHER`. */
export class NameCap {
  readonly #limit: number;
  readonly #names = new Set<string>();
  #overflows = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of times a name was replaced. */
  get overflows(): number {
    return this.#overflows;
  }

  admit(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= this.#limit) {
      this.#overflows += 1;
      return OTHER_NAME;
    }
    this.#names.add(name);
    return name;
  }
}
