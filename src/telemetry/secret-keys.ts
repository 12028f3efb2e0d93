/** Stands for a value that is not shown. */
export const REDACTED = "[redacted]";

/** A key is secret when it ends with one of these, separators and case aside: `userPassword`, `x-api-key`. */
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

/** Short ones count as a word of their own only: `db_pass`, but not `compass`. */
const WORDS: ReadonlySet<string> = new Set(["pass", "pwd", "jwt", "bearer", "dsn"]);

/** Something of this is in every text that names a secret key. */
const HINTS = ["pass", "pwd", "secret", "token", "auth", "cookie", "cred", "key", "string", "jwt"];
const FURTHER_HINTS = ["bearer", "dsn", "sig", "basic", "%"];

/** What is left of a path or subscript: `http.request.header.cookie`, `user[password]`. */
const LAST_SEGMENT = /[^.:/[\]'"()\s]+(?=[\])'"\s]*$)/;
const SEPARATORS = /[-_$\d]+/g;
const WORD_ENDS = /([a-z\d])(?=[A-Z])/g;

/** Keys whose verdict is remembered; they come from code and are few, unless data makes keys. */
const MAX_KNOWN = 2_000;
/** A longer key is no name. */
const MAX_KEY = 256;

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
 * Tells which keys are secret, by the last segment of the key, whatever its case and spelling. The one list
 * for log lines, the console and everything else that leaves the process.
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

  /** Whether a secret key may be named in `text`: a glance that spares most texts a closer look. */
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
