import { quoteKey } from "./json-writer.ts";

/** Where a line says what was cut of it. */
export const TRUNCATED_KEY = "log.truncated";
/** In front of a field of the user's that is called like one of the line's own. */
const DISPLACED_PREFIX = "fields.";

/** The names of a line's own fields, which say the same in every line. */
export const CORRELATION_KEYS: readonly string[] = [
  "trace_id",
  "span_id",
  "trace_flags",
  "actor_id",
  "actor_type",
];
const OWN_KEYS: readonly string[] = ["level", "time", "msg", TRUNCATED_KEY, ...CORRELATION_KEYS];

/** Names whose form is remembered. */
const MAX_KNOWN = 2_000;

/** How the name of a field stands in a line. */
export interface FieldName {
  readonly name: string;
  /** With the comma before and the colon behind it. */
  readonly json: string;
}

/** What may be called what in the lines of a logger and its children. */
export class LineLayout {
  readonly #own: ReadonlySet<string>;
  readonly #names = new Map<string, FieldName>();

  /** @param further names that pino's options give to the line's own fields */
  constructor(further: readonly string[]) {
    this.#own = new Set([...OWN_KEYS, ...further]);
  }

  /** The name of the user's field `key`: another one where the line has one of its own of that name. */
  name(key: string): FieldName {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = this.#isTaken(key) ? `${DISPLACED_PREFIX}${key}` : key;
    const field = { name, json: `,${quoteKey(name, this.#names.size)}:` };
    if (this.#names.size < MAX_KNOWN) this.#names.set(key, field);
    return field;
  }

  /** A name that has been displaced stands for that field alone. */
  #isTaken(key: string): boolean {
    if (this.#own.has(key)) return true;
    if (!key.startsWith(DISPLACED_PREFIX)) return false;
    return this.#isTaken(key.slice(DISPLACED_PREFIX.length));
  }
}
