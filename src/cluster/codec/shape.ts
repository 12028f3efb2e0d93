import { LIMITS } from "../protocol/limits.ts";
import { invalid, isForbiddenKey } from "./json.ts";

/*
 * Shapes check values field by field, on the way out and on the way in. A shape returns a new object with the fields that it
 * knows; unknown ones are ignored, so that a minor release can add some. Nothing is defaulted.
 */

/** Checks a value and returns it. `path` names it in errors. */
export type Shape<Value> = (value: unknown, path: string) => Value;

/** A field that may be absent. */
interface OptionalShape<Value> {
  readonly shape: Shape<Value>;
  /** Whether an absent field is `undefined` in the result instead of left out. */
  readonly isKept: boolean;
}

type Field<Value> = Shape<Value> | OptionalShape<Value>;

/** Fields of an object by their names. */
type Fields<Value> = { readonly [Key in keyof Value]-?: Field<Exclude<Value[Key], undefined>> };

/** Returns the shape of an object. */
export function object<Value extends object>(fields: Fields<Value>): Shape<Value> {
  const entries = Object.entries<Field<unknown>>(fields);
  return (value, path) => {
    const given = plainObject(value, path);
    const result: Record<string, unknown> = {};
    for (const [name, field] of entries) {
      const present = Object.hasOwn(given, name) ? given[name] : undefined;
      if (typeof field === "function") result[name] = field(present, `${path}.${name}`);
      else if (present !== undefined) result[name] = field.shape(present, `${path}.${name}`);
      else if (field.isKept) result[name] = undefined;
    }
    return result as Value;
  };
}

/** A field `name?: Value`. */
export function optional<Value>(shape: Shape<Value>): OptionalShape<Value> {
  return { shape, isKept: false };
}

/** A field `name: Value | undefined`. */
export function orUndefined<Value>(shape: Shape<Value>): OptionalShape<Value> {
  return { shape, isKept: true };
}

/** Returns the shape of a text of `minLength` to `maxLength` UTF-16 units. */
export function text(maxLength: number, minLength = 0): Shape<string> {
  return (value, path) => {
    if (typeof value !== "string") throw invalid(`${path} must be a text`);
    if (value.length < minLength || value.length > maxLength) {
      throw invalid(`${path} must have ${minLength} to ${maxLength} characters`);
    }
    if (!value.isWellFormed()) throw invalid(`${path} has half a surrogate pair`);
    return value;
  };
}

/** Returns the shape of a text that matches `pattern`. */
export function matching(maxLength: number, pattern: RegExp, rule: string): Shape<string> {
  const isText = text(maxLength, 1);
  return (value, path) => {
    const given = isText(value, path);
    if (pattern.test(given)) return given;
    throw invalid(`${path} must be ${rule}`);
  };
}

/** Returns the shape of an integer from `min` on. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, path) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) {
      return value === 0 ? 0 : value; // not -0
    }
    throw invalid(`${path} must be an integer from ${min} to ${max}`);
  };
}

/** A time in milliseconds since the epoch, of any clock; may have fractions. */
export const time: Shape<number> = finite(0, Number.MAX_SAFE_INTEGER);

/** Returns the shape of a number from `min` to `max`. */
export function finite(min: number, max: number): Shape<number> {
  return (value, path) => {
    if (typeof value === "number" && value >= min && value <= max) return value === 0 ? 0 : value;
    throw invalid(`${path} must be a number from ${min} to ${max}`);
  };
}

/** `true` or `false`. */
export const flag: Shape<boolean> = (value, path) => {
  if (typeof value === "boolean") return value;
  throw invalid(`${path} must be true or false`);
};

/** Returns the shape of one of a closed set. */
export function oneOf<Value extends string>(values: Readonly<Record<string, Value>>): Shape<Value> {
  const allowed: ReadonlyMap<unknown, Value> = new Map(
    Object.values(values).map((value) => [value, value]),
  );
  return (value, path) => {
    const known = allowed.get(value); // one text for all, instead of one for each message
    if (known !== undefined) return known;
    throw invalid(`${path} is not one of the known values`);
  };
}

/** Returns the shape of an array of at most `max` elements. */
export function array<Value>(shape: Shape<Value>, max: number, min = 0): Shape<readonly Value[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw invalid(`${path} must be an array`);
    if (value.length < min || value.length > max) {
      throw invalid(`${path} must have ${min} to ${max} elements`);
    }
    return value.map((element, at) => shape(element, `${path}[${at}]`));
  };
}

/** Returns the shape of an object with at most `max` entries of any names that match `key`. */
export function mapOf<Value>(
  key: Shape<string>,
  shape: Shape<Value>,
  max: number,
): Shape<Readonly<Record<string, Value>>> {
  return (value, path) => {
    const given = Object.entries(plainObject(value, path));
    if (given.length > max) throw invalid(`${path} must have at most ${max} entries`);
    const result: Record<string, Value> = {};
    for (const [name, entry] of given) {
      if (isForbiddenKey(name)) throw invalid(`${path} has a forbidden key`);
      result[key(name, `a key of ${path}`)] = shape(entry, `an entry of ${path}`);
    }
    return result;
  };
}

/** Returns the shape of any JSON that is not too large or deep, and has no keys that change prototypes. */
export function jsonUpTo(maxBytes: number): Shape<unknown> {
  return (value, path) => {
    requireJson(value, path, 1);
    const size = Buffer.byteLength(JSON.stringify(value));
    if (size <= maxBytes) return value;
    throw invalid(`${path} has ${size} bytes as JSON, ${maxBytes} are allowed`);
  };
}

/** JSON of any shape, such as an input. */
export const json: Shape<unknown> = jsonUpTo(LIMITS.dataBytes);

function requireJson(value: unknown, path: string, depth: number): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (typeof value !== "object") throw invalid(`${path} has something that JSON does not have`);
  // Records add a few levels around it.
  if (depth > LIMITS.jsonDepth - 8) throw invalid(`${path} is nested too deep`);
  if (Array.isArray(value)) {
    for (const element of value) requireJson(element, path, depth + 1);
    return;
  }
  for (const [key, entry] of Object.entries(plainObject(value, path))) {
    if (isForbiddenKey(key)) throw invalid(`${path} has a forbidden key`);
    if (entry !== undefined) requireJson(entry, path, depth + 1);
  }
}

/** Returns `value` if it is an object as JSON has them: no array, and of no class. */
export function plainObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`${path} must be an object`);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw invalid(`${path} must be a plain object`);
  }
  return value as Readonly<Record<string, unknown>>;
}
