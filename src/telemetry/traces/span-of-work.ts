import { errorMonitor } from "node:events";
import { types } from "node:util";
import type { Context, Span } from "@opentelemetry/api";
import { isThenable, property } from "../../base/foreign-value.ts";
import { context } from "../context/api.ts";
import { endSpan, endWithError } from "./guarded-spans.ts";

/** Ends spans whose work never began: a query that was never awaited, an iterator that was never read. */
const forgotten = new FinalizationRegistry<SpanOfWork>((work) => work.done());

type Method = (...args: unknown[]) => unknown;

/** A span that ends once, together with the work that a value represents. */
export class SpanOfWork {
  readonly #span: Span;
  readonly #context: Context;
  #over = false;

  /** @param active the context that contains the span, for code that runs later */
  constructor(span: Span, active: Context) {
    this.#span = span;
    this.#context = active;
  }

  done(): void {
    if (this.#over) return;
    this.#over = true;
    endSpan(this.#span);
  }

  failed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    endWithError(this.#span, error);
  }

  /**
   * Ends the span together with `result`: a promise or thenable when it settles, an iterator or stream at its
   * end, anything else now.
   *
   * Following does not begin any work: a lazy thenable starts when it is awaited.
   *
   * @returns `result` itself; for a web stream, or an object that cannot be changed, an equivalent one
   */
  follow<Result>(result: Result): Result {
    if ((typeof result !== "object" && typeof result !== "function") || result === null) {
      this.done();
      return result;
    }
    if (types.isPromise(result)) return this.#promise(result as Promise<unknown>) as Result;
    if (isWebStream(result)) return this.#webStream(result) as Result;
    if (isNodeStream(result)) return this.#nodeStream(result) as Result;
    const iterator = types.isGeneratorObject(result);
    const iterable = isMethod(result, Symbol.asyncIterator);
    const thenable = isThenable(result);
    if (!iterator && !iterable && !thenable) {
      this.done();
      return result;
    }
    forgotten.register(result, this);
    let followed: object = result;
    if (iterator) followed = this.#iterator(followed);
    else if (iterable) followed = this.#iterable(followed);
    if (thenable) followed = this.#thenable(followed);
    return followed as Result;
  }

  #promise(promise: Promise<unknown>): Promise<unknown> {
    try {
      return promise.then(
        (value) => {
          this.done();
          return value;
        },
        (error: unknown) => {
          this.failed(error);
          throw error;
        },
      );
    } catch {
      this.done(); // its own `then` throws, as it will for the caller
      return promise;
    }
  }

  #thenable(thenable: object): object {
    return replacedOnce(thenable, "then", (then, owner, [onValue, onError, ...others]) => {
      const settled = (listener: unknown, end: (given: unknown) => void): Method => {
        return (given) => {
          end(given);
          if (typeof listener === "function") return Reflect.apply(listener, undefined, [given]);
          if (end === this.#fail) throw given;
          return given;
        };
      };
      const value = settled(onValue, this.#finish);
      return Reflect.apply(then, owner, [value, settled(onError, this.#fail), ...others]);
    });
  }

  readonly #finish = (): void => this.done();
  readonly #fail = (error: unknown): void => this.failed(error);

  #iterable(iterable: object): object {
    return replacedOnce(iterable, Symbol.asyncIterator, (open, owner, args) => {
      const iterator: unknown = this.#run(() => Reflect.apply(open, owner, args));
      return typeof iterator === "object" && iterator !== null
        ? this.#iterator(iterator)
        : iterator;
    });
  }

  /** Runs each step of an iterator in the span, and ends the span with the last step. */
  #iterator(iterator: object): object {
    const step = (method: Method, owner: object, args: unknown[]): unknown => {
      const result = this.#run(() => Reflect.apply(method, owner, args));
      if (!types.isPromise(result)) return this.#stepped(result);
      return (result as Promise<unknown>).then(
        (value) => this.#stepped(value),
        (error: unknown) => {
          this.failed(error);
          throw error;
        },
      );
    };
    let followed = iterator;
    for (const name of ["next", "return", "throw"]) {
      if (isMethod(iterator, name)) followed = replaced(followed, name, step, iterator);
    }
    return followed;
  }

  #stepped(result: unknown): unknown {
    if (typeof result === "object" && result !== null && property(result, "done") === true) {
      this.done();
    }
    return result;
  }

  #run<Result>(work: () => Result): Result {
    try {
      return context.with(this.#context, work);
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  /** Returns a stream with the chunks of `stream`, which are read on demand. */
  #webStream(stream: ReadableStream<unknown>): ReadableStream<unknown> {
    if (stream.locked) {
      this.done(); // it is locked by a reader, so its chunks cannot be observed
      return stream;
    }
    const reader = stream.getReader();
    const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
      try {
        const { done, value } = await this.#run(() => reader.read());
        if (!done) {
          controller.enqueue(value);
          return;
        }
        this.done();
        controller.close();
      } catch (error) {
        this.failed(error);
        throw error;
      }
    };
    const cancel = async (reason: unknown): Promise<void> => {
      this.done();
      await reader.cancel(reason);
    };
    const followed = new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
    forgotten.register(followed, this);
    return followed;
  }

  /** Listens with `errorMonitor`: an error without other listeners stays uncaught. */
  #nodeStream(stream: NodeJS.ReadableStream): NodeJS.ReadableStream {
    if (property(stream, "destroyed") === true || property(stream, "readableEnded") === true) {
      this.done();
      return stream;
    }
    stream.once(errorMonitor, this.#fail);
    stream.once("end", this.#finish);
    stream.once("close", this.#finish);
    return stream;
  }
}

function isMethod(value: object, key: PropertyKey): boolean {
  return typeof property(value, key) === "function";
}

function isWebStream(value: object): value is ReadableStream<unknown> {
  try {
    return value instanceof ReadableStream;
  } catch {
    return false;
  }
}

function isNodeStream(value: object): value is NodeJS.ReadableStream {
  return isMethod(value, "pipe") && isMethod(value, "once") && isMethod(value, "read");
}

type Replacement = (was: Method, owner: object, args: unknown[]) => unknown;

/**
 * Replaces the method `key` of `target`. If the object cannot be changed, an object that inherits from it is
 * returned.
 *
 * @param method called with the original method, the object it belongs to, and the arguments
 */
function replaced(
  target: object,
  key: PropertyKey,
  method: Replacement,
  owner: object = target,
): object {
  const was = property(owner, key) as Method;
  const value = (...args: unknown[]): unknown => method(was, owner, args);
  const descriptor = { value, configurable: true, writable: true, enumerable: false };
  try {
    if (Reflect.defineProperty(target, key, descriptor)) return target;
  } catch {
    // A proxy that rejects the change.
  }
  return Object.create(target, { [key]: descriptor }) as object;
}

/**
 * Does the same as {@link replaced} for one call, so that an object returned repeatedly does not accumulate
 * wrappers.
 */
function replacedOnce(target: object, key: PropertyKey, method: Replacement): object {
  const before = Object.getOwnPropertyDescriptor(target, key);
  return replaced(target, key, (was, owner, args) => {
    if (before === undefined) Reflect.deleteProperty(target, key);
    else Reflect.defineProperty(target, key, before);
    return method(was, owner, args);
  });
}
