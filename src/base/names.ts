import { ErrorCode, UsageError } from "./errors.ts";

/** What limelight puts into metric attributes and span names: short, printable, one line. */
const NAME_SHAPE = /^[A-Za-z_$][\w$.-]{0,63}$/;

/** Names that JavaScript looks up by itself on any object: a handler so named would be called unasked. */
const RESERVED: ReadonlySet<string> = new Set([
  "then",
  "constructor",
  "toString",
  "toJSON",
  "valueOf",
  "__proto__",
  "hasOwnProperty",
]);

/** Whether JavaScript looks `name` up by itself, so that nothing of an actor may be called that. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name);
}

/** Control characters and line ends that JSON leaves as they are. */
const UNESCAPED = /[\x7f-\x9f\u2028\u2029]/g;

/** `text` in quotes and on one line, whatever is in it. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    UNESCAPED,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** How a bad name appears in an error: shortened, with control characters escaped. */
function printable(name: unknown): string {
  if (typeof name !== "string") return `of type ${typeof name}`;
  const text = quote(name);
  return text.length > 70 ? `${text.slice(0, 70)}…` : text;
}

/**
 * Holds `name` against the rule for actor types, messages, timers and tasks.
 *
 * @param what the thing that is named, for the error's message
 * @throws {@link UsageError} `ERR_INVALID_NAME` when the name is not 1–64 of `A-Z a-z 0-9 _ $ . -`
 */
export function requireName(what: string, name: unknown): void {
  if (typeof name === "string" && NAME_SHAPE.test(name) && !RESERVED.has(name)) return;
  throw new UsageError(
    `${what} ${printable(name)} must be 1 to 64 of A-Z a-z 0-9 _ $ . - and no word JavaScript reserves`,
    { code: ErrorCode.InvalidName },
  );
}

/** Stands for every name beyond a {@link NameCap}. */
export const OTHER_NAME = "_OTHER";

/** Lets the first `limit` distinct names through and calls all later ones `_OTHER`. */
export class NameCap {
  readonly #limit: number;
  readonly #names = new Set<string>();
  #overflows = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many times a name had to become `_OTHER`. */
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
