import { property, UNREADABLE } from "../../base/foreign-value.ts";
import { type Censorship, censorshipAt, type PathPlaces, pathsBelow } from "./redact-paths.ts";
import { redactText } from "./redact-text.ts";
import { REDACTED, type SecretKeys } from "./secret-keys.ts";

/** Limits on how much of a value is written. */
export interface JsonLimits {
  /** Characters of JSON in total; the rest is cut. */
  readonly total: number;
  /** Characters of one string. */
  readonly text: number;
  /** Items of one array, and members of one object. */
  readonly items: number;
  /** Levels of nested objects. */
  readonly depth: number;
}

const REDACTED_JSON = JSON.stringify(REDACTED);
const UNREADABLE_JSON = '"[unreadable]"';
const CIRCULAR_JSON = '"[Circular]"';
const DEEPER_JSON = '"[…]"';
/** Redaction covers this many characters beyond a cut, because half a secret is still a secret. */
const CUT_MARGIN = 1_024;
/** Maximum number of cut values whose paths are listed. */
const MAX_CUTS = 20;
const MAX_PATH = 200;
/** Maximum length of a member's name, in characters. */
const MAX_KEY = 1_024;
/** Minimum number of characters kept of a string once the total is used up. */
const MIN_TEXT = 64;
/** Text that JSON writes unescaped. Other text may need no escape either. */
const PLAIN = /^[\w !#-[\]^`{-~\u00a0-\ud7ff\ue000-\uffff]*$/;

/** Returns `text` as a JSON string. */
export function quoteJson(text: string): string {
  return text.length < 64 && PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Returns a key as a JSON string. A truncated key is kept distinct from others by its position. */
export function quoteKey(key: string, at: number): string {
  return quoteJson(key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…#${at}` : key);
}

function cutText(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/**
 * Writes any value as `JSON.stringify` does, without throwing.
 *
 * Failing getters, proxies, circular references and big integers have a form of their own. Secrets are
 * redacted, and values that are too long, wide or deep are cut. One writer writes one line.
 */
export class JsonWriter {
  readonly #secrets: SecretKeys | undefined;
  readonly #limits: JsonLimits;
  readonly #above: object[] = [];
  readonly #path: string[] = [];
  #left: number;
  #cuts: string[] | undefined;

  /** @param secrets `undefined` redacts nothing */
  constructor(secrets: SecretKeys | undefined, limits: JsonLimits) {
    this.#secrets = secrets;
    this.#limits = limits;
    this.#left = limits.total;
  }

  /** Paths of the values that were cut. */
  get cuts(): readonly string[] | undefined {
    return this.#cuts;
  }

  /** Whether no room is left for another field. */
  get full(): boolean {
    return this.#left <= 0;
  }

  /** Records that something was left out. */
  cut(key: string): void {
    this.#cuts ??= [];
    const path = cutText([...this.#path, key].join("."), MAX_PATH);
    if (this.#cuts.length < MAX_CUTS && !this.#cuts.includes(path)) this.#cuts.push(path);
  }

  /**
   * Returns the JSON of `value`, or `undefined` where JSON has no form for it.
   *
   * @param key name of the value, which decides whether it is secret
   * @param places positions in the user's redaction paths that apply to the value itself
   */
  member(key: string, value: unknown, places?: PathPlaces): string | undefined {
    if (value === undefined) return undefined;
    const censorship = censorshipAt(places);
    if (censorship !== undefined) return this.#censored(key, value, censorship);
    if (this.#secrets?.hides(key, value) === true) {
      return typeof value === "function" || typeof value === "symbol" ? undefined : REDACTED_JSON;
    }
    return this.#write(key, value, places);
  }

  /** Reduces the remaining total by `characters`. */
  spend(characters: number): void {
    this.#left -= characters;
  }

  /** Returns the JSON of a text, with the secrets in it redacted. */
  text(key: string, text: string): string {
    const limit = Math.min(this.#limits.text, Math.max(this.#left, MIN_TEXT));
    const long = text.length > limit;
    const within = long ? text.slice(0, limit + CUT_MARGIN) : text;
    let shown = this.#secrets === undefined ? within : redactText(within, this.#secrets);
    if (long) {
      shown = `${shown.slice(0, limit)}…[${text.length - limit} more characters]`;
      this.cut(key);
    }
    const json = quoteJson(shown);
    this.#left -= json.length;
    return json;
  }

  #censored(key: string, value: unknown, { remove, censor }: Censorship): string | undefined {
    if (remove) return undefined;
    let replaced: unknown;
    try {
      replaced = censor(value, [...this.#path, key]);
    } catch {
      return REDACTED_JSON;
    }
    return this.#write(key, replaced, undefined);
  }

  #write(key: string, value: unknown, places: PathPlaces | undefined): string | undefined {
    switch (typeof value) {
      case "string":
        return this.text(key, value);
      case "number":
        this.#left -= 8;
        return Number.isFinite(value) ? String(value) : "null";
      case "boolean":
        this.#left -= 5;
        return value ? "true" : "false";
      case "bigint":
        return this.#bigint(key, value, places);
      case "object":
        return value === null ? "null" : this.#object(key, value, places);
      case "function":
      case "symbol":
      case "undefined":
        return undefined;
    }
  }

  /** Written as pino does, unless the application has defined `toJSON` for big integers. */
  #bigint(key: string, value: bigint, places: PathPlaces | undefined): string | undefined {
    const toJSON = property(Object(value) as object, "toJSON");
    if (typeof toJSON === "function") return this.#converted(key, value, toJSON, places);
    const digits = String(value);
    if (digits.length > this.#limits.text) return this.text(key, digits);
    this.#left -= digits.length;
    return digits;
  }

  #object(key: string, value: object, places: PathPlaces | undefined): string | undefined {
    if (ArrayBuffer.isView(value)) {
      const bytes = byteLengthOf(value);
      if (bytes > this.#limits.items) {
        this.cut(key);
        this.#left -= 20;
        return `"[${bytes} bytes]"`;
      }
    }
    if (this.#above.includes(value)) return CIRCULAR_JSON;
    if (this.#above.length >= this.#limits.depth || this.#left <= 0) {
      this.cut(key);
      this.#left -= 4;
      return DEEPER_JSON;
    }
    this.#above.push(value);
    const pathLength = this.#path.push(key);
    try {
      return this.#within(key, value, places);
    } catch {
      return UNREADABLE_JSON; // a proxy that throws, or a class that does
    } finally {
      this.#above.pop();
      this.#path.length = pathLength - 1;
    }
  }

  #within(key: string, value: object, places: PathPlaces | undefined): string | undefined {
    const toJSON = (value as { toJSON?: unknown }).toJSON;
    if (typeof toJSON === "function") return this.#converted(key, value, toJSON, places);
    if (Array.isArray(value)) return this.#array(value, places);
    if (isBoxed(value)) return this.#write(key, value.valueOf(), places);
    return this.#record(value, places);
  }

  /** Writes what `toJSON` of an object or a big integer returns; a `toJSON` of that result is not called. */
  #converted(
    key: string,
    value: unknown,
    toJSON: CallableFunction,
    places: PathPlaces | undefined,
  ): string | undefined {
    let given: unknown;
    try {
      given = Reflect.apply(toJSON, value, [key]);
    } catch {
      return UNREADABLE_JSON;
    }
    if (typeof given !== "object" || given === null) return this.#write(key, given, places);
    if (given !== value && this.#above.includes(given)) return CIRCULAR_JSON;
    if (Array.isArray(given)) return this.#array(given, places);
    return isBoxed(given) ? this.#write(key, given.valueOf(), places) : this.#record(given, places);
  }

  #array(items: readonly unknown[], places: PathPlaces | undefined): string {
    const { length } = items;
    const shown = Math.min(length, this.#limits.items);
    let json = "";
    let secret = false;
    for (let at = 0; at < shown; at += 1) {
      if (this.#left <= 0) return this.#rest(json, length - at);
      const index = String(at);
      const below = places === undefined ? undefined : pathsBelow(places, index);
      const item = property(items, at);
      let written = UNREADABLE_JSON;
      if (item !== UNREADABLE) written = secret ? REDACTED_JSON : this.#item(index, item, below);
      secret = this.#secrets?.announces(item) === true;
      json += at === 0 ? written : `,${written}`;
      this.#left -= 1;
    }
    return shown < length ? this.#rest(json, length - shown) : `[${json}]`;
  }

  /** An index is not a name, so only a redaction path can make an item secret. */
  #item(index: string, item: unknown, places: PathPlaces | undefined): string {
    const censorship = censorshipAt(places);
    const json =
      censorship === undefined
        ? this.#write(index, item, places)
        : this.#censored(index, item, censorship);
    return json ?? "null";
  }

  #rest(json: string, more: number): string {
    this.#cutHere();
    return `[${json}${json === "" ? "" : ","}"[${more} more]"]`;
  }

  #record(value: object, places: PathPlaces | undefined): string {
    const keys = Object.keys(value);
    const shown = Math.min(keys.length, this.#limits.items);
    let json = "";
    for (let at = 0; at < shown; at += 1) {
      if (this.#left <= 0) return this.#others(json, keys.length - at);
      const key = keys[at] as string;
      const below = places === undefined ? undefined : pathsBelow(places, key);
      const written = this.#memberOf(value, key, below);
      if (written === undefined) continue;
      json += `${json === "" ? "" : ","}${quoteKey(key, at)}:${written}`;
      this.#left -= Math.min(key.length, MAX_KEY) + 4;
    }
    return shown < keys.length ? this.#others(json, keys.length - shown) : `{${json}}`;
  }

  #memberOf(record: object, key: string, places: PathPlaces | undefined): string | undefined {
    const member = property(record, key);
    if (member === UNREADABLE) return UNREADABLE_JSON;
    if (key === "value" && this.#isNamedSecret(record)) return REDACTED_JSON;
    return this.member(key, member, places);
  }

  /** Whether the record is one of a list of settings or headers: `{ name: "authorization", value: … }`. */
  #isNamedSecret(record: object): boolean {
    const secrets = this.#secrets;
    if (secrets === undefined) return false;
    return secrets.names(property(record, "name")) || secrets.names(property(record, "key"));
  }

  #others(json: string, more: number): string {
    this.#cutHere();
    return `{${json}${json === "" ? "" : ","}"…":"[${more} more]"}`;
  }

  #cutHere(): void {
    const key = this.#path.pop();
    if (key === undefined) return;
    this.cut(key);
    this.#path.push(key);
  }
}

/**
 * Returns the length of a typed array or buffer from its internal slots: a subclass may override the getter.
 */
function byteLengthOf(view: ArrayBufferView): number {
  const getter = view instanceof DataView ? VIEW_LENGTH : ARRAY_LENGTH;
  try {
    return Number(getter?.call(view));
  } catch {
    return Number.MAX_SAFE_INTEGER; // its buffer has been detached
  }
}

function lengthGetter(prototype: object): (() => unknown) | undefined {
  return Object.getOwnPropertyDescriptor(prototype, "byteLength")?.get;
}

const VIEW_LENGTH = lengthGetter(DataView.prototype);
const ARRAY_LENGTH = lengthGetter(Object.getPrototypeOf(Uint8Array.prototype) as object);

function isBoxed(value: object): boolean {
  return (
    value instanceof Number ||
    value instanceof String ||
    value instanceof Boolean ||
    value instanceof BigInt
  );
}
