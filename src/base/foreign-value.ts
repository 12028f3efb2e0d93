import { types } from "node:util";

/*
 * Reads values that come from application code: thrown, returned or logged ones. Getters may throw, proxies
 * may be revoked, and errors may come from another realm. No function here throws for any input.
 */

/** Result of reading a property whose getter threw. */
export const UNREADABLE: unique symbol = Symbol("limelight.unreadable");

/** Returns the property of `value`, or {@link UNREADABLE} when reading it throws. */
export function property(value: object, key: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}

/** Returns the property of `value` if it can be read and is a string. */
export function textProperty(value: object, key: PropertyKey): string | undefined {
  const read = property(value, key);
  return typeof read === "string" ? read : undefined;
}

/** `Error.isError` of ECMAScript 2026 if available. Accepts errors of any realm, but no proxies. */
const isErrorObject: (value: unknown) => boolean =
  (Error as { isError?: (value: unknown) => boolean }).isError ?? types.isNativeError;

/** Returns whether `value` is an error of any realm, or inherits from this realm's `Error`. */
export function isError(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  try {
    return isErrorObject(value) || types.isNativeError(value) || value instanceof Error;
  } catch {
    return false; // a revoked proxy, or one that hides its prototype
  }
}

/** Returns whether `value` is an instance of `Class`. A proxy that hides its prototype is not. */
export function isInstance<Instance>(
  value: unknown,
  Class: abstract new (...args: never[]) => Instance,
): value is Instance {
  try {
    return value instanceof Class;
  } catch {
    return false;
  }
}

/** Returns whether `value` is a promise or other thenable. Its `then` is read but not called. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  try {
    return typeof (value as { readonly then?: unknown }).then === "function"; // read for each message
  } catch {
    return false; // the same error reaches the caller as a rejection
  }
}

/** Returns `value` as text: primitives as by `String`, anything else as its type. */
export function primitiveText(value: unknown): string {
  if (typeof value === "object") return value === null ? "null" : "[object]";
  return typeof value === "function" ? "[function]" : String(value);
}

/** Returns the message of an error; an empty string if it is missing or cannot be read. */
export function errorMessage(error: object): string {
  const message = property(error, "message");
  if (typeof message === "string") return message;
  return message === undefined || message === UNREADABLE ? "" : primitiveText(message);
}

/** Returns the message of a thrown error, and any other thrown value as text. */
export function thrownText(thrown: unknown): string {
  return isError(thrown) ? errorMessage(thrown) : primitiveText(thrown);
}

/**
 * Returns a promise that settles as `value` does. An error thrown by the value's `then` or `constructor`
 * becomes a rejection. A plain promise of this realm is returned unchanged.
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

/** Prevents a rejected promise of any realm from ending the process. Calls no user code. */
export function ignoreRejection(promise: unknown): void {
  onRejection(promise, () => {});
}

/** Calls `listener` if `promise` is a promise of any realm and rejects. Calls no overridden `then`. */
export function onRejection(promise: unknown, listener: (thrown: unknown) => void): void {
  if (!types.isPromise(promise)) return;
  try {
    Promise.prototype.then.call(promise, undefined, listener);
  } catch {
    // Its `constructor` throws, so there is no way to listen.
  }
}
