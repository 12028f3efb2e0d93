import type { Attributes } from "@opentelemetry/api";
import { diag } from "../context/api.ts";

/** Attributes that have been checked, and how many were dropped. */
export interface CheckedAttributes {
  readonly attributes?: Attributes;
  readonly droppedAttributesCount?: number;
}

/** Returns whether a value may be an attribute. */
type ValueCheck = (value: unknown) => boolean;

/** Returns whether `value` is what the specification calls an AnyValue; arrays and plain objects may hold further ones. */
export function isAnyValue(value: unknown): boolean {
  return isScalar(value) || isNested(value, []);
}

/** As {@link isAnyValue}, without nested values: a scalar, or an array of scalars of one type. */
export function isSimpleValue(value: unknown): boolean {
  if (!Array.isArray(value)) return isScalar(value);
  const items = value.filter((item) => item !== null && item !== undefined);
  return items.every((item) => isScalar(item) && typeof item === typeof items[0]);
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** @param path the objects around `value`: one that contains itself is no attribute */
function isNested(value: unknown, path: readonly unknown[]): boolean {
  if (isScalar(value) || value === null || value instanceof Uint8Array) return true;
  if (typeof value !== "object" || path.includes(value)) return false;
  const inside = [...path, value];
  const isFit = (item: unknown): boolean => item === undefined || isNested(item, inside);
  if (Array.isArray(value)) return value.every(isFit);
  const { constructor: maker } = value;
  if (maker !== Object && maker !== undefined) return false;
  return Object.values(value).every(isFit);
}

/** Returns a copy of an attribute's value, with texts and bytes cut to `limit`. */
export function cutCopy(value: unknown, limit: number): unknown {
  if (typeof value === "string") return value.length <= limit ? value : value.slice(0, limit);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return value.length <= limit ? value : value.slice(0, limit);
  if (Array.isArray(value)) return value.map((item) => cutCopy(item, limit));
  const kept = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, cutCopy(item, limit)]));
}

/** Returns the limit of the length of values: a value that is not positive is no limit. */
export function lengthLimit(limit: number): number {
  if (limit > 0) return limit;
  diag.warn(`the limit of the length of attribute values must be positive: ${limit}`);
  return Infinity;
}

/** Returns `given` without what is no attribute or above the limits; nothing when there are no attributes. */
export function checkedAttributes(
  given: Attributes | undefined,
  countLimit: number,
  valueLimit: number,
  isValue: ValueCheck = isAnyValue,
): CheckedAttributes {
  if (typeof given !== "object" || given === null) return {};
  const attributes: Record<string, unknown> = {};
  const limit = lengthLimit(valueLimit);
  let count = 0;
  let dropped = 0;
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (count >= countLimit) {
      dropped += 1;
    } else if (isAttribute(key, value, isValue)) {
      attributes[key] = cutCopy(value, limit);
      count += 1;
    } else {
      dropped += 1;
    }
  }
  return { attributes: attributes as Attributes, droppedAttributesCount: dropped };
}

/** Returns whether this may be an attribute; else it is reported. */
export function isAttribute(key: string, value: unknown, isValue: ValueCheck): boolean {
  if (key !== "" && isValue(value)) return true;
  diag.warn(`not an attribute, it is dropped: ${JSON.stringify(String(key))}`);
  return false;
}
