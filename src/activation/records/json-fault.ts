import { inspect } from "node:util";
import { property } from "../../base/foreign-value.ts";
import { quote } from "../../base/names.ts";

/** How deep a stored value may be nested. Beyond some thousands, `JSON.stringify` exceeds the stack. */
const MAX_DEPTH = 1_000;

const MAX_SHOWN_SEGMENTS = 12;
const MAX_SHOWN_NAME = 60;
/** Arrays up to this length have their names listed. */
const MAX_LISTED = 100;
const ELEMENTS_ONLY = {
  maxArrayLength: 0,
  depth: 0,
  customInspect: false,
  breakLength: Infinity,
  compact: true,
};
const UNREADABLE = "throws when it is read";
const NAME = /^[A-Za-z_$][\w$]*$/;

/** What cannot be stored, and where it is; segments are added from the inside out. */
interface Fault {
  readonly what: string;
  readonly segments: (string | number)[];
}

/**
 * Returns why a value would not be the same after it was stored as JSON: `state.items[3].at is a Date`. Returns
 * `undefined` for `null`, booleans, finite numbers, strings, arrays and plain objects of these; for properties whose
 * value is `undefined`, which are left out; for `-0`, which becomes 0; and for `undefined` itself.
 *
 * @param root name of the value
 */
export function jsonFault(root: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  try {
    const fault = faultOf(value, []);
    return fault === undefined ? undefined : `${root}${pathOf(fault.segments)} ${fault.what}`;
  } catch {
    return `${root} ${UNREADABLE}`; // a proxy that throws
  }
}

function faultOf(value: unknown, ancestors: object[]): Fault | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : found(`is ${value}`);
    case "object":
      return value === null ? undefined : faultIn(value, ancestors);
    case "undefined":
      return found("is undefined");
    case "bigint":
    case "function":
    case "symbol":
      return found(`is a ${typeof value}`);
  }
}

function faultIn(value: object, ancestors: object[]): Fault | undefined {
  if (ancestors.includes(value)) return found("refers to an object that contains it");
  if (ancestors.length === MAX_DEPTH) return found(`is nested in more than ${MAX_DEPTH} objects`);
  ancestors.push(value);
  const fault = Array.isArray(value)
    ? faultOfElements(value, ancestors)
    : faultOfProperties(value, ancestors);
  ancestors.pop();
  return fault;
}

function faultOfElements(array: readonly unknown[], ancestors: object[]): Fault | undefined {
  const className = Object.getPrototypeOf(array) === Array.prototype ? "Array" : nameOf(array);
  if (className !== "Array") return found(`is ${article(className)} ${className}`);
  // By index: iteration depends on the array's own iterator, and a hole must count as undefined.
  let at = 0;
  try {
    for (; at < array.length; at += 1) {
      const fault = faultOf(array[at], ancestors);
      if (fault !== undefined) return within(at, fault);
    }
  } catch {
    return within(at, found(UNREADABLE));
  }
  return hasOnlyElements(array) ? undefined : found("has properties besides its elements");
}

/** Whether all of an array is in its JSON text. There are no holes. */
function hasOnlyElements(array: readonly unknown[]): boolean {
  const { length } = array;
  if ((array as { toJSON?: unknown }).toJSON !== undefined) return false;
  if (length <= MAX_LISTED) {
    return Object.keys(array).length === length && Object.getOwnPropertySymbols(array).length === 0;
  }
  // The names of a long array cost more than its JSON text; `inspect` asks V8 for those that are no indexes.
  const items = `... ${length} more items`;
  return inspect(array, ELEMENTS_ONLY) === `[ ${items} ]`;
}

function faultOfProperties(object: object, ancestors: object[]): Fault | undefined {
  const className = classOf(object);
  if (className !== undefined) return found(`is ${article(className)} ${className}`);
  if (Object.getOwnPropertySymbols(object).length > 0) return found("has a symbol as a key");
  let name = "";
  try {
    const names = Object.keys(object);
    for (name of names) {
      const { get, set } = Object.getOwnPropertyDescriptor(object, name) ?? {};
      // It would be a plain value after the actor has slept.
      if (get !== undefined || set !== undefined) return within(name, found("is an accessor"));
      const value = (object as Readonly<Record<string, unknown>>)[name];
      const fault = value === undefined ? undefined : faultOf(value, ancestors);
      if (fault !== undefined) return within(name, fault);
    }
    const all = Object.getOwnPropertyNames(object);
    if (all.length !== names.length) {
      const [hidden = ""] = all.filter((each) => !names.includes(each));
      return within(hidden, found("is not enumerable"));
    }
  } catch {
    return within(name, found(UNREADABLE)); // a proxy that throws
  }
  return undefined;
}

/** Returns the name of an object's class; `undefined` for a plain object, of any realm. */
function classOf(object: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === Object.prototype) return undefined;
  if (prototype === null) {
    // Without a prototype: a plain object, or the namespace of a module.
    return Object.prototype.toString.call(object) === "[object Module]" ? "Module" : undefined;
  }
  // The prototype of plain objects of another realm has no prototype either.
  if (Object.getPrototypeOf(prototype) === null && nameOf(object) === "Object") return undefined;
  return nameOf(object);
}

function nameOf(object: object): string {
  const made = property(object, "constructor");
  const name = typeof made === "function" ? property(made, "name") : undefined;
  const isName = typeof name === "string" && NAME.test(name) && name.length <= MAX_SHOWN_NAME;
  return isName ? name : "class instance";
}

function article(noun: string): string {
  return /^[AEIO]/i.test(noun) ? "an" : "a";
}

function found(what: string): Fault {
  return { what, segments: [] };
}

function within(segment: string | number, fault: Fault): Fault {
  fault.segments.push(segment);
  return fault;
}

/** Returns `.items[3].at` for the segments of a path, innermost first; the middle of a long path is left out. */
function pathOf(segments: readonly (string | number)[]): string {
  const texts = segments.toReversed().map(segmentText);
  if (texts.length <= MAX_SHOWN_SEGMENTS) return texts.join("");
  const half = MAX_SHOWN_SEGMENTS / 2;
  return `${texts.slice(0, half).join("")}…${texts.slice(-half).join("")}`;
}

function segmentText(segment: string | number): string {
  if (typeof segment === "number") return `[${segment}]`;
  if (NAME.test(segment) && segment.length <= MAX_SHOWN_NAME) return `.${segment}`;
  const isLong = segment.length > MAX_SHOWN_NAME;
  return `[${quote(isLong ? `${segment.slice(0, MAX_SHOWN_NAME)}…` : segment)}]`;
}
