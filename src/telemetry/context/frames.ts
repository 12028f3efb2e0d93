import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { type Context, type ContextManager, ROOT_CONTEXT } from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";
import type { ActorScope } from "./actor-scope.ts";
import { contextManager } from "./api-globals.ts";
import type { Carrier } from "./carrier.ts";
import { cleanFrame } from "./clean-frame.ts";
import { clearStores } from "./clear-stores.ts";
import { ScopeFrames, scopesAreFrames } from "./scope-frames.ts";

/**
 * Async frames: a cheap way to enter an OpenTelemetry context.
 *
 * Node's async frame is a Map from AsyncLocalStorages to their stores. Entering a context through
 * `context.with` copies it twice (about 400 ns); attaching one inside an empty frame creates a small new one
 * (150 ns); running in a frame captured before costs about 20 ns. A captured frame also fixes all other
 * AsyncLocalStorages as they were at the time. The runtime therefore creates all of its frames below one
 * clean frame of the system: only OpenTelemetry's context travels with a message, and the code of actors sees
 * no store of the code that created the system, spawned the actor or woke the dispatcher.
 */
export class SystemFrame {
  readonly #base: AsyncResource = cleanFrame();
  readonly #carrier: Carrier | undefined;
  readonly #scopes = new ScopeFrames();

  /** @param carrier enters the stores that a scope carries, if stores are carried */
  constructor(carrier?: Carrier) {
    this.#carrier = carrier;
  }

  /** Calls `fn` in the root context, without any store. */
  run<Result>(fn: () => Result): Result {
    return this.#clean().runInAsyncScope(fn);
  }

  /** Calls `fn` in `scope`. */
  enter<First, Second, Third, Result>(
    scope: ActorScope,
    fn: (first: First, second: Second, third: Third) => Result,
    first: First,
    second: Second,
    third: Third,
  ): Result {
    const carrier = this.#carrier;
    if (carrier === undefined && scopesAreFrames(contextManager())) {
      return this.#scopes.enter(scope, fn, first, second, third);
    }
    if (scope.frame !== undefined) {
      return scope.frame.runInAsyncScope(fn, undefined, first, second, third);
    }
    if (carrier !== undefined) {
      return this.#clean().runInAsyncScope(() => {
        carrier.putInForce(scope);
        return attachAndCall(scope, fn, first, second, third);
      });
    }
    return this.#clean().runInAsyncScope(
      attachAndCall<First, Second, Third, Result>,
      undefined,
      scope,
      fn,
      first,
      second,
      third,
    );
  }

  /** Calls `fn` in the OpenTelemetry context `context`, without the caller's other stores. */
  within<First, Second, Result>(
    context: Context,
    fn: (first: First, second: Second) => Result,
    first: First,
    second: Second,
  ): Result {
    const base = this.#clean();
    if (context === ROOT_CONTEXT) return base.runInAsyncScope(fn, undefined, first, second);
    return base.runInAsyncScope(
      attachAndCall<First, Second, undefined, Result>,
      undefined,
      context,
      fn,
      first,
      second,
      undefined,
    );
  }

  /** Caches a frame for `scope`, unless it is one itself. Worth its cost for scopes that are entered repeatedly. */
  keep(scope: ActorScope): void {
    if (this.#carrier === undefined && scopesAreFrames(contextManager())) return;
    this.enter(scope, capture, scope, undefined, undefined);
  }

  /** Immutable frames never change the base. Otherwise code that ran in it leaves its stores behind. */
  #clean(): AsyncResource {
    if (!FRAMES_ARE_VALUES) clearStores(this.#base);
    return this.#base;
  }
}

/** Calls `fn` in the root context, without any store of the caller. */
export function runClean<Result>(fn: () => Result): Result {
  return cleanFrame().runInAsyncScope(fn);
}

/** Whether Node keeps stores in immutable frames (the default since Node 24) instead of on each resource. */
const FRAMES_ARE_VALUES: boolean = areFramesValues();

function areFramesValues(): boolean {
  const probe = new AsyncLocalStorage<boolean>();
  const frame = cleanFrame();
  frame.runInAsyncScope(() => probe.enterWith(true));
  return frame.runInAsyncScope(() => probe.getStore()) === undefined;
}

/**
 * Does not restore the context: leaving the base frame does. Context managers of older SDKs have no `attach`.
 */
function attachAndCall<First, Second, Third, Result>(
  context: Context,
  fn: (first: First, second: Second, third: Third) => Result,
  first: First,
  second: Second,
  third: Third,
): Result {
  const manager = contextManager();
  if (manager === undefined) return fn(first, second, third);
  if (manager.attach === undefined) {
    return manager.with(context, fn, undefined, first, second, third);
  }
  keepTokenShape(manager);
  manager.attach(context);
  return fn(first, second, third);
}

function capture(scope: ActorScope): void {
  scope.frame = new AsyncResource("limelight.frame");
}

let tokenOf: ContextManager | undefined;

/** `attach` returns an object that is dropped at once; one is kept alive, for {@link keepShape}. */
function keepTokenShape(manager: ContextManager): void {
  if (tokenOf === manager) return;
  tokenOf = manager;
  manager.with(ROOT_CONTEXT, () => keepShape(manager.attach?.(ROOT_CONTEXT) ?? {}));
}
