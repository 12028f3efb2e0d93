import { quoteKey } from "./json-writer.ts";

/** Field that reports which values of a line were cut. */
export const TRUNCATED_KEY = "log.truncated";
/** Field that names the other way by which a line has left the process; see `processTaps.outlet`. */
export const EXPORTED_KEY = "log.exported";
/** Prefix of a user's field whose name is one of the line's own. */
const DISPLACED_PREFIX = "fields.";

/** Names of a line's own fields, which have the same meaning in every line. */
export const CORRELATION_KEYS: readonly string[] = [
  "trace_id",
  "span_id",
  "trace_flags",
  "actor_id",
  "actor_type",
  "actor_key",
  "actor_generation",
];
const OWN_KEYS: readonly string[] = [
  "level",
  "time",
  "msg",
  TRUNCATED_KEY,
  EXPORTED_KEY,
  ...CORRELATION_KEYS,
];

/** Maximum number of names that are cached. */
const MAX_KNOWN = 2_000;

/** A field's name as written in a line. */
export interface FieldName {
  readonly name: string;
  /** Includes the leading comma and the trailing colon. */
  readonly json: string;
}

/** Assigns names to fields in the lines of a logger and its children. */
export class LineLayout {
  readonly #own: ReadonlySet<string>;
  readonly #names = new Map<string, FieldName>();

  /** @param further names that pino's options assign to the line's own fields */
  constructor(further: readonly string[]) {
    this.#own = new Set([...OWN_KEYS, ...further]);
  }

  /**
   * Returns the name of the user's field `key`, with a prefix if the line has a field of its own of that
   * name.
   */
  name(key: string): FieldName {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = this.#isTaken(key) ? `${DISPLACED_PREFIX}${key}` : key;
    const field = { name, json: `,${quoteKey(name, this.#names.size)}:` };
    if (this.#names.size < MAX_KNOWN) this.#names.set(key, field);
    return field;
  }

  /** A prefixed name is taken as well, so that it identifies one field only. */
  #isTaken(key: string): boolean {
    if (this.#own.has(key)) return true;
    if (!key.startsWith(DISPLACED_PREFIX)) return false;
    return this.#isTaken(key.slice(DISPLACED_PREFIX.length));
  }
}
