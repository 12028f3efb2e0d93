/** Placeholder for a redacted value. */
export const REDACTED = "[redacted]";

/**
 * A key is secret when it ends with one of these, ignoring separators and case: `userPassword`, `x-api-key`.
 */
const ENDINGS: readonly string[] = [
  "password",
  "passwords",
  "passwd",
  "passphrase",
  "passcode",
  "secret",
  "secrets",
  "token",
  "authorization",
  "cookie",
  "cookies",
  "credential",
  "credentials",
  "apikey",
  "privatekey",
  "secretkey",
  "accesskey",
  "signingkey",
  "encryptionkey",
  "connectionstring",
];

/** Short words match as a whole word only: `db_pass`, but not `compass`. */
const WORDS: ReadonlySet<string> = new Set(["pass", "pwd", "jwt", "bearer", "dsn"]);

/** Every text that names a secret key contains one of these. */
const HINTS = ["pass", "pwd", "secret", "token", "auth", "cookie", "cred", "key", "string", "jwt"];
const FURTHER_HINTS = ["bearer", "dsn", "sig", "basic", "%"];

/** Matches the last segment of a path or subscript: `http.request.header.cookie`, `user[password]`. */
const LAST_SEGMENT = /[^.:/[\]'"()\s]+(?=[\])'"\s]*$)/;
const SEPARATORS = /[-_$\d]+/g;
const WORD_ENDS = /([a-z\d])(?=[A-Z])/g;

/**
 * Maximum number of keys whose result is cached. Keys come from code and are few, unless data is used as
 * keys.
 */
const MAX_KNOWN = 2_000;
/** A longer key is not treated as a name. */
const MAX_KEY = 256;

/** Keys of HTTP credentials, such as the `auth` of `http.request`, and the form of their values. */
const CREDENTIALS_KEY = /auth$/i;
const CREDENTIALS = /^[^\s:/@]*:(?!\/\/)\S/;
/** Names of headers and flags. Other texts in a list are more likely data: `["password", "email"]`. */
const LABEL = /^(?:authorization|cookie|[^\s=]*-[^\s=]*)$/i;

function flatten(segment: string): string {
  return segment.replace(SEPARATORS, "").toLowerCase();
}

function lastWord(segment: string): string {
  const words = segment.replace(WORD_ENDS, "$1 ").split(/[-_$\d\s]+/);
  return words.findLast((word) => word !== "")?.toLowerCase() ?? "";
}

function escapeLetter(letter: string): string {
  return letter.replace(/[^\w]/, "\\$&");
}

/**
 * Decides which keys are secret, by the last segment of the key, whatever its case and spelling. Log lines,
 * the console and everything else that leaves the process use this one list.
 */
export class SecretKeys {
  readonly #further: ReadonlySet<string>;
  readonly #known = new Map<string, boolean>();
  readonly #hint: RegExp;

  /** @param further keys that are secret as well, compared in the same way */
  constructor(further: readonly string[] = []) {
    this.#further = new Set(further.map((key) => flatten(LAST_SEGMENT.exec(key)?.[0] ?? key)));
    const spelled = [...this.#further].map((key) => [...key].map(escapeLetter).join("[-_$\\d]*"));
    this.#hint = new RegExp([...HINTS, ...FURTHER_HINTS, ...spelled].join("|"), "i");
  }

  /** Returns whether `text` may name a secret key. This quick check avoids a full scan of most texts. */
  mayBeIn(text: string): boolean {
    return this.#hint.test(text);
  }

  has(key: string): boolean {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const secret = this.#decide(key.length > MAX_KEY ? key.slice(-MAX_KEY) : key);
    if (this.#known.size < MAX_KNOWN && key.length <= MAX_KEY) this.#known.set(key, secret);
    return secret;
  }

  /** Returns whether `value` under `key` is secret: because of the key, or as `user:password` under `auth`. */
  hides(key: string, value: unknown): boolean {
    if (this.has(key)) return true;
    if (typeof value !== "string" || !value.includes(":")) return false; // most values
    return CREDENTIALS_KEY.test(key) && CREDENTIALS.test(value);
  }

  /** Returns whether `item` of a list names the next one, and that is secret: in `rawHeaders`, in pairs, in arguments. */
  announces(item: unknown): boolean {
    return typeof item === "string" && LABEL.test(item) && this.names(item);
  }

  /** As {@link SecretKeys.has}, for names that are data: they are not cached. */
  names(text: unknown): boolean {
    if (typeof text !== "string" || text.length > MAX_KEY) return false;
    return this.mayBeIn(text) && this.#decide(text);
  }

  #decide(key: string): boolean {
    const segment = LAST_SEGMENT.exec(key)?.[0] ?? key;
    const flat = flatten(segment);
    if (this.#further.has(flat)) return true;
    if (ENDINGS.some((ending) => flat.endsWith(ending))) return true;
    return WORDS.has(lastWord(segment));
  }
}

/** The built-in list alone. */
export const secretKeys: SecretKeys = new SecretKeys();
