import { types } from "node:util";
import { refId } from "../../monitor/system-access.ts";
import { redactText } from "../../telemetry/logs/redact-text.ts";
import { REDACTED, SecretKeys } from "../../telemetry/logs/secret-keys.ts";

const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 2_000;
/** Maximum number of values shown of one object. A view is meant for people. */
const MAX_VALUES = 2_000;

/** Maximum depth of parsed JSON that is shown. */
const MAX_JSON_DEPTH = 64;

/** Converts any value to plain JSON data, with secrets redacted and long values truncated. */
export class Redaction {
  readonly #keys: SecretKeys;

  /** @param keys additional keys whose values are secret */
  constructor(keys: readonly string[]) {
    this.#keys = new SecretKeys(keys);
  }

  /** Returns `fields`, or a copy in which secrets are redacted at any depth. The value must be JSON data. */
  blank<Value>(fields: Value): Value {
    return this.#blank(fields, 0) as Value;
  }

  /** Returns `text` with secrets redacted. */
  text(text: string): string {
    return redactText(text, this.#keys);
  }

  /**
   * Returns a view of any value in memory without running its code: getters, `toJSON` and proxy traps are not
   * called.
   */
  view(value: unknown): unknown {
    return new View(this.#keys).of(value, 0);
  }

  #blank(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    if (depth >= MAX_JSON_DEPTH) return "[…]";
    if (Array.isArray(value)) {
      return value.map((item, at) =>
        this.#keys.announces(value[at - 1]) ? REDACTED : this.#blank(item, depth + 1),
      );
    }
    const entries = Object.entries(value);
    const named = isNamedSecret(this.#keys, entries);
    const shown = entries.map(([key, member]) => {
      const secret = this.#keys.hides(key, member) || (named && key === "value");
      return [key, secret ? REDACTED : this.#blank(member, depth + 1)];
    });
    return Object.fromEntries(shown);
  }
}

/** One traversal of an object. */
class View {
  readonly #keys: SecretKeys;
  readonly #above: object[] = [];
  #values = 0;

  constructor(keys: SecretKeys) {
    this.#keys = keys;
  }

  of(value: unknown, depth: number): unknown {
    this.#values += 1;
    switch (typeof value) {
      case "string":
        return this.#text(value);
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

  #text(text: string): string {
    const shown = redactText(text.slice(0, MAX_TEXT * 2), this.#keys);
    return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown;
  }

  #ofObject(value: object, depth: number): unknown {
    if (types.isProxy(value)) return "[unreadable]"; // any access would run the proxy's traps
    const id = refId(value);
    if (id !== undefined) return id;
    if (this.#above.includes(value)) return "[circular]";
    if (depth >= MAX_DEPTH || this.#values >= MAX_VALUES) return "[…]";
    this.#above.push(value);
    try {
      return this.#within(value, depth + 1);
    } catch {
      return "[unreadable]";
    } finally {
      this.#above.pop();
    }
  }

  #within(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(arrayItems(value), value.length, depth);
    if (types.isDate(value)) return dateText(value);
    if (types.isNativeError(value)) return this.#text(errorText(value));
    if (types.isSet(value)) {
      return this.#list(SET_VALUES.call(value), SET_SIZE?.call(value) as number, depth);
    }
    if (ArrayBuffer.isView(value)) return `[${viewLength(value)} bytes]`;
    if (types.isMap(value)) {
      const size = MAP_SIZE?.call(value) as number;
      const entries = [...firstOf(MAP_ENTRIES.call(value), MAX_ITEMS)].map(
        ([key, item]) =>
          [typeof key === "string" ? key : String(this.of(key, depth)), item] as const,
      );
      return this.#record(entries, size, depth);
    }
    const keys = Object.keys(value);
    const entries = keys
      .slice(0, MAX_ITEMS)
      .map((key) => [key, ownValue(value, key, "[getter]")] as const);
    return this.#record(entries, keys.length, depth);
  }

  #list(items: Iterable<unknown>, length: number, depth: number): unknown[] {
    let secret = false;
    const shown = [...firstOf(items, MAX_ITEMS)].map((item) => {
      const text = secret ? REDACTED : this.of(item, depth);
      secret = this.#keys.announces(item);
      return text;
    });
    return length > MAX_ITEMS ? [...shown, `[${length - MAX_ITEMS} more]`] : shown;
  }

  #record(entries: Entries, size: number, depth: number): unknown {
    const named = isNamedSecret(this.#keys, entries);
    const shown = entries.map(([key, value]) => {
      const secret = this.#keys.hides(key, value) || (named && key === "value");
      return [key, secret ? REDACTED : this.of(value, depth)];
    });
    if (size > MAX_ITEMS) shown.push(["…", `[${size - MAX_ITEMS} more]`]);
    return Object.fromEntries(shown);
  }
}

type Entries = readonly (readonly [key: string, value: unknown])[];

/** Returns whether the record is one of a list of settings or headers: `{ name: "authorization", value: … }`. */
function isNamedSecret(keys: SecretKeys, entries: Entries): boolean {
  return entries.some(([key, name]) => (key === "name" || key === "key") && keys.names(name));
}

function* firstOf<Item>(items: Iterable<Item>, limit: number): Generator<Item> {
  let taken = 0;
  for (const item of items) {
    if (taken >= limit) return;
    taken += 1;
    yield item;
  }
}

/*
 * Accessors for the contents of collections, dates and errors, taken from the built-in prototypes: subclasses
 * and objects may override methods of these names.
 */
const SET_VALUES = Set.prototype.values;
const MAP_ENTRIES = Map.prototype.entries;
const SET_SIZE = getterOf(Set.prototype, "size");
const MAP_SIZE = getterOf(Map.prototype, "size");
const VIEW_LENGTH = getterOf(DataView.prototype, "byteLength");
const ARRAY_LENGTH = getterOf(Object.getPrototypeOf(Uint8Array.prototype) as object, "byteLength");

function getterOf(prototype: object, key: string): (() => unknown) | undefined {
  return Object.getOwnPropertyDescriptor(prototype, key)?.get;
}

/** Returns the value of an own property, or `instead` if reading it would call a getter. */
function ownValue(value: object, key: PropertyKey, instead: unknown): unknown {
  const property = Object.getOwnPropertyDescriptor(value, key);
  return property?.get === undefined && property?.set === undefined ? property?.value : instead;
}

function* arrayItems(items: readonly unknown[]): Generator<unknown> {
  for (let at = 0; at < items.length; at += 1) yield ownValue(items, at, "[getter]");
}

function dateText(date: Date): string | null {
  const ms = Date.prototype.getTime.call(date);
  return Number.isNaN(ms) ? null : Date.prototype.toISOString.call(date);
}

function viewLength(view: ArrayBufferView): number {
  return Number((types.isDataView(view) ? VIEW_LENGTH : ARRAY_LENGTH)?.call(view));
}

/** Returns name and message of an error, as far as they are plain values of it or of its classes. */
function errorText(error: object): string {
  const name = inherited(error, "name");
  return `${typeof name === "string" ? name : "Error"}: ${String(ownText(error, "message"))}`;
}

function ownText(value: object, key: string): string {
  const text = ownValue(value, key, "");
  return typeof text === "string" ? text : "";
}

function inherited(value: object, key: string): unknown {
  let owner: object | null = value;
  for (let steps = 0; owner !== null && steps < 16 && !types.isProxy(owner); steps += 1) {
    if (Object.hasOwn(owner, key)) return ownValue(owner, key, undefined);
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return undefined;
}
