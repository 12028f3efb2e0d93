import { ErrorCode, UsageError } from "../../base/errors.ts";
import { isThenable, toPromise } from "../../base/foreign-value.ts";

/** The iterator methods a pipe uses. Iterators of other runtimes may lack `return`. */
export interface ItemIterator {
  next(): PromiseLike<IteratorResult<unknown, unknown>>;
  return?(): unknown;
}

/** Returns whether `source` appears to be readable, without reading it. */
export function isPipeSource(source: unknown): boolean {
  return typeof source === "function" || (isObject(source) && openerOf(source) !== undefined);
}

/**
 * Starts reading.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` when a function returned something that cannot be read
 */
export function openSource(source: unknown, signal: AbortSignal): ItemIterator {
  const items: unknown = typeof source === "function" ? source(signal) : source;
  const open = isObject(items) ? openerOf(items) : undefined;
  if (open === undefined) throw unreadable();
  return open();
}

export function unreadable(): UsageError {
  return new UsageError(
    "a pipe needs a promise, an async iterable, a ReadableStream, or a function that gives one",
    { code: ErrorCode.InvalidOption },
  );
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}

/** Returns `undefined` also for an object whose properties throw. */
function openerOf(items: object): (() => ItemIterator) | undefined {
  try {
    return findOpener(items);
  } catch {
    return undefined;
  }
}

function findOpener(items: object): (() => ItemIterator) | undefined {
  // A stream is async iterable as well, but its iterator cannot be cancelled during a read.
  if ("getReader" in items) return () => readerOf(items as ReadableStream<unknown>);
  if (Symbol.asyncIterator in items) {
    return () => (items as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  }
  return isThenable(items) ? () => onlyItem(items) : undefined;
}

function readerOf(stream: ReadableStream<unknown>): ItemIterator {
  const reader = stream.getReader();
  return { next: () => reader.read(), return: () => reader.cancel() };
}

function onlyItem(source: PromiseLike<unknown>): ItemIterator {
  let given = false;
  const promise = toPromise(source); // once: a lazy thenable starts its work with each `then`
  promise.catch(() => {}); // the pipe may end before it is read
  return {
    async next() {
      if (given) return { done: true, value: undefined };
      given = true;
      return { done: false, value: await promise };
    },
  };
}
