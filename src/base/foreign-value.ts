import { types } from "node:util";

/*
 * Reads of values that come from application code: what was thrown, returned or logged. Getters may throw,
 * proxies may be revoked, errors may stem from another realm. No function here throws, whatever it is given.
 */

/** Stands for a property whose read threw. */
export const UNREADABLE: unique symbol = Symbol("limelight.unreadable");

/** The property of `value`, {@link UNREADABLE} when reading it throws. */
export function property(value: object, key: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}

/** The property of `value` when it can be read and is a string. */
export function textProperty(value: object, key: PropertyKey): string | undefined {
  const read = property(value, key);
  return typeof read === "string" ? read : undefined;
}

/** `Error.isError` of ECMAScript 2026 where there is one; of any realm, and no proxy. */
const isErrorObject: (value: unknown) => boolean =
  (Error as { isError?: (value: unknown) => boolean }).isError ?? types.isNativeError;

/** Whether `value` is an error, of this or another realm, or inherits from this realm's `Error`. */
export function isError(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  try {
    return isErrorObject(value) || types.isNativeError(value) || value instanceof Error;
  } catch {
    return false; // a proxy that is revoked, or does not tell its prototype
  }
}

/** Whether `value` is a promise of any make. Its `then` is looked up and not called. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  try {
    return typeof (value as { readonly then?: unknown }).then === "function"; // with each message
  } catch {
    return false; // so will it throw for the caller, as a rejection
  }
}

/** `value` as text: primitives as `String` writes them, anything else as its type. */
export function primitiveText(value: unknown): string {
  if (typeof value === "object") return value === null ? "null" : "[object]";
  return typeof value === "function" ? "[function]" : String(value);
}

/** The message of an error, the empty text where there is none or it cannot be read. */
export function errorMessage(error: object): string {
  const message = property(error, "message");
  if (typeof message === "string") return message;
  return message === undefined || message === UNREADABLE ? "" : primitiveText(message);
}

/**
 * A promise that settles as `value` does. What the value's own `then` or `constructor` throws is a
 * rejection; a plain promise of this realm is returned as it is.
 */
export function toPromise(value: PromiseLike<unknown>): Promise<unknown> {
  if (types.isPromise(value) && isPlainPromise(value)) return value as Promise<unknown>;
  return new Promise((resolve) => resolve(value));
}

function isPlainPromise(promise: object): boolean {
  return (
    Object.getPrototypeOf(promise) === Promise.prototype &&
    !Object.hasOwn(promise, "then") &&
    !Object.hasOwn(promise, "constructor")
  );
}

/** Keeps a promise of any realm from ending the process by a rejection; calls no code of its owner. */
export function ignoreRejection(promise: unknown): void {
  onRejection(promise, () => {});
}

/** Calls `listener` when `promise` is one, of whatever realm, and rejects; calls no `then` of its own. */
export function onRejection(promise: unknown, listener: (thrown: unknown) => void): void {
  if (!types.isPromise(promise)) return;
  try {
    Promise.prototype.then.call(promise, undefined, listener);
  } catch {
    // Its `constructor` throws: there is no other way to listen.
  }
}
