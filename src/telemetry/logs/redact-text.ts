import { REDACTED, type SecretKeys } from "./secret-keys.ts";

/** Credentials before the host of a URL: `https://user:password@host`. */
const USERINFO = /(:\/\/)[^\s/?#"'<>\\]*@/g;
/** Query and form parameters, connection strings, `key=value` texts. */
const ASSIGNMENT = /([\w%.[\]-]{1,64})=("[^"]*"|'[^']*'|[^&;\s"'<>]+)/g;
/** Settings of a connection string, whose values may contain spaces: `Password=a b;`. */
const SETTING = /(^|;)(\s{0,8}[\w .-]{1,64}=)([^;]+)/g;
/** Members of JSON, and of objects as `util.inspect` prints them. */
const MEMBER =
  /([\w$.-]{1,64})(\\*["']?\s{0,8}:\s{0,8})(\\*"(?:[^"\\]|\\[^"])*\\*"|'(?:[^'\\]|\\.)*')/g;
/** A flag of a command and its argument: `--password x`. */
const FLAG = /(^|\s)(--[\w-]{1,64})(\s{1,8})("[^"]*"|'[^']*'|[^\s-]\S*)/g;
/** A header in the text of an HTTP message. */
const HEADER = /(^|[\r\n])([ \t]{0,8}[A-Za-z][\w-]{0,63}[ \t]{0,8}:[ \t]{0,8})([^\r\n]+)/g;
const HEADER_NAMES = /^(?:authorization|cookie)$|-/i;
/** The credentials after an authorization scheme; for `basic`, only text that appears to be encoded. */
const SCHEME = /\b(bearer|basic) {1,8}([\w.~+/-]{6,}=*)/gi;
const ENCODED = /[\d=]|[a-z][A-Z]/;

/** Parameters that are secret in a URL although not as keys: OpenTelemetry's list for `url.full`. */
const PARAMETERS: ReadonlySet<string> = new Set([
  "sig",
  "signature",
  "awsaccesskeyid",
  "x-amz-signature",
  "x-goog-signature",
]);

/** The name and the value of a secret are separated by one of these. */
const NAMED = /[=: ]/;

function decoded(name: string): string {
  if (!name.includes("%")) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * Returns `text` with its secrets redacted.
 *
 * Covered are credentials in URLs, secret parameters (`?token=…`, `Password=…;`), members of JSON texts,
 * headers, and bearer tokens. Text without secrets is returned unchanged.
 */
export function redactText(text: string, keys: SecretKeys): string {
  let shown = text;
  if (shown.includes("@") && shown.includes("://")) {
    shown = shown.replace(USERINFO, `$1${REDACTED}@`);
  }
  if (!NAMED.test(shown) || !keys.mayBeIn(shown)) return shown;
  if (shown.includes("=")) {
    if (shown.includes(";")) {
      shown = shown.replace(SETTING, (all, start: string, name: string, value: string) =>
        value.trim() !== "" && keys.has(name.slice(0, -1).trim())
          ? `${start}${name}${REDACTED}`
          : all,
      );
    }
    shown = shown.replace(ASSIGNMENT, (all, name: string) => {
      const parameter = decoded(name);
      const secret = keys.has(parameter) || PARAMETERS.has(parameter.toLowerCase());
      return secret ? `${name}=${REDACTED}` : all;
    });
  }
  if (shown.includes(":")) shown = redactMembers(shown, keys);
  if (shown.includes("--")) {
    shown = shown.replace(FLAG, (all, start: string, flag: string, gap: string) =>
      keys.names(flag) ? `${start}${flag}${gap}${REDACTED}` : all,
    );
  }
  if (shown.includes(" ")) {
    shown = shown.replace(SCHEME, (all, scheme: string, value: string) => {
      const plain = scheme.toLowerCase() === "basic" && !ENCODED.test(value);
      return plain ? all : `${scheme} ${REDACTED}`;
    });
  }
  return shown;
}

function redactMembers(text: string, keys: SecretKeys): string {
  let shown = text;
  if (shown.includes('"') || shown.includes("'")) {
    shown = shown.replace(MEMBER, (all, name: string, colon: string, value: string) => {
      const [quote = '"'] = /^\\*["']/.exec(value) ?? [];
      if (!keys.hides(name, value.slice(quote.length, -quote.length))) return all;
      return `${name}${colon}${quote}${REDACTED}${quote}`;
    });
  }
  return shown.replace(HEADER, (all, start: string, head: string) => {
    const name = head.slice(0, head.indexOf(":")).trim();
    return HEADER_NAMES.test(name) && keys.has(name) ? `${start}${head}${REDACTED}` : all;
  });
}
