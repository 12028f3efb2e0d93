import { refId } from "../../monitor/system-access.ts";

/** Keys whose values are never shown, whatever their case; as in log lines, and a few more. */
const SECRET_KEYS = [
  "password",
  "passwd",
  "passphrase",
  "secret",
  "clientsecret",
  "client_secret",
  "token",
  "authorization",
  "cookie",
  "set-cookie",
  "apikey",
  "api_key",
  "accesstoken",
  "access_token",
  "refreshtoken",
  "refresh_token",
  "privatekey",
  "private_key",
];

/** Stands for a value that is not shown; the same as in log lines. */
const REDACTED = "[redacted]";

const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 2_000;
/** Values shown of one object in all: a view is for people. */
const MAX_VALUES = 2_000;

/** Makes plain JSON data of any value, with secrets blanked and all that is long cut short. */
export class Redaction {
  readonly #keys: ReadonlySet<string>;

  /** @param keys further ones that are secret */
  constructor(keys: readonly string[]) {
    this.#keys = new Set([...SECRET_KEYS, ...keys.map((key) => key.toLowerCase())]);
  }

  /** `fields`, or a copy in which secrets are blanked, at any depth; for what is JSON already. */
  blank<Value>(fields: Value): Value {
    if (typeof fields !== "object" || fields === null) return fields;
    if (Array.isArray(fields)) return fields.map((item) => this.blank(item)) as Value;
    const entries = Object.entries(fields).map(([key, value]) => [
      key,
      this.#isSecret(key) ? REDACTED : this.blank(value),
    ]);
    return Object.fromEntries(entries) as Value;
  }

  /** A view of anything in memory. No code of its owner runs: getters and `toJSON` are not called. */
  view(value: unknown): unknown {
    return new View((key) => this.#isSecret(key)).of(value, 0);
  }

  #isSecret(key: string): boolean {
    return this.#keys.has(key.toLowerCase());
  }
}

/** One pass over an object. */
class View {
  readonly #isSecret: (key: string) => boolean;
  readonly #above: object[] = [];
  #values = 0;

  constructor(isSecret: (key: string) => boolean) {
    this.#isSecret = isSecret;
  }

  of(value: unknown, depth: number): unknown {
    this.#values += 1;
    switch (typeof value) {
      case "string":
        return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "boolean":
        return value;
      case "undefined":
        return null;
      case "bigint":
        return `${value}n`;
      case "symbol":
        return value.toString();
      case "function":
        return "[function]";
      case "object":
        return value === null ? null : this.#ofObject(value, depth);
    }
  }

  #ofObject(value: object, depth: number): unknown {
    const id = refId(value);
    if (id !== undefined) return id;
    if (this.#above.includes(value)) return "[circular]";
    if (depth >= MAX_DEPTH || this.#values >= MAX_VALUES) return "[…]";
    this.#above.push(value);
    try {
      return this.#within(value, depth + 1);
    } catch {
      return "[unreadable]"; // a proxy that throws
    } finally {
      this.#above.pop();
    }
  }

  #within(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, value.length, depth);
    if (value instanceof Date) return Number.isNaN(value.valueOf()) ? null : value.toISOString();
    if (value instanceof Error) return `${value.name}: ${value.message}`.slice(0, MAX_TEXT);
    if (value instanceof Set) return this.#list(value, value.size, depth);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) {
      const entries = [...firstOf(value, MAX_ITEMS)].map(
        ([key, item]) =>
          [typeof key === "string" ? key : String(this.of(key, depth)), item] as const,
      );
      return this.#record(entries, value.size, depth);
    }
    const keys = Object.keys(value);
    const entries = keys.slice(0, MAX_ITEMS).map((key) => {
      const property = Object.getOwnPropertyDescriptor(value, key);
      return [key, property?.get === undefined ? property?.value : "[getter]"] as const;
    });
    return this.#record(entries, keys.length, depth);
  }

  #list(items: Iterable<unknown>, length: number, depth: number): unknown[] {
    const shown = [...firstOf(items, MAX_ITEMS)].map((item) => this.of(item, depth));
    return length > MAX_ITEMS ? [...shown, `[${length - MAX_ITEMS} more]`] : shown;
  }

  #record(
    entries: readonly (readonly [key: string, value: unknown])[],
    size: number,
    depth: number,
  ): unknown {
    const shown = entries.map(([key, value]) => [
      key,
      this.#isSecret(key) ? REDACTED : this.of(value, depth),
    ]);
    if (size > MAX_ITEMS) shown.push(["…", `[${size - MAX_ITEMS} more]`]);
    return Object.fromEntries(shown);
  }
}

function* firstOf<Item>(items: Iterable<Item>, limit: number): Generator<Item> {
  let taken = 0;
  for (const item of items) {
    if (taken >= limit) return;
    taken += 1;
    yield item;
  }
}
