import { AsyncResource } from "node:async_hooks";
import { type ContextManager, context, ROOT_CONTEXT } from "@opentelemetry/api";
import { keepShape } from "../base/shapes.ts";
import type { ActorScope } from "./actor-scope.ts";
import { contextManager } from "./api-globals.ts";

/**
 * Async frames: the cheap way into an OpenTelemetry context.
 *
 * Node's async frame is a Map from AsyncLocalStorages to their stores. Entering a context through
 * `context.with` copies it twice (about 400 ns); attaching one inside a frame that holds nothing makes a
 * small new one (150 ns); running in a frame captured before costs about 20 ns. A captured frame fixes
 * all other AsyncLocalStorages too, as they were when it was made. That is why the runtime makes all of
 * its frames below one clean frame of the system: by contract only OpenTelemetry's context travels with
 * a message.
 */
export class SystemFrame {
  readonly #base: AsyncResource = createBase();

  /** Calls `fn` in the root context, with other stores as they are where the system was created. */
  run(fn: () => void): void {
    this.#base.runInAsyncScope(fn);
  }

  /** Calls `fn` in `scope`. */
  enter<First, Second, Third>(
    scope: ActorScope,
    fn: (first: First, second: Second, third: Third) => void,
    first: First,
    second: Second,
    third: Third,
  ): void {
    if (scope.frame !== undefined) {
      scope.frame.runInAsyncScope(fn, undefined, first, second, third);
    } else {
      this.#base.runInAsyncScope(attachAndCall, undefined, scope, fn, first, second, third);
    }
  }

  /** Makes `scope` a frame of its own, for scopes that come again and again. */
  keep(scope: ActorScope): void {
    this.enter(scope, capture, scope, undefined, undefined);
  }
}

function createBase(): AsyncResource {
  // Without a detour where it can be: that would put OpenTelemetry's store into the frame.
  if (context.active() === ROOT_CONTEXT) return captureFrame();
  return context.with(ROOT_CONTEXT, captureFrame);
}

function captureFrame(): AsyncResource {
  return new AsyncResource("limelight.frame");
}

/** Does not restore the context: leaving the base frame does. Managers of older SDKs cannot attach. */
function attachAndCall<First, Second, Third>(
  scope: ActorScope,
  fn: (first: First, second: Second, third: Third) => void,
  first: First,
  second: Second,
  third: Third,
): void {
  const manager = contextManager();
  if (manager === undefined) {
    fn(first, second, third);
  } else if (manager.attach === undefined) {
    manager.with(scope, fn, undefined, first, second, third);
  } else {
    keepTokenShape(manager);
    manager.attach(scope);
    fn(first, second, third);
  }
}

function capture(scope: ActorScope): void {
  scope.frame = captureFrame();
}

let tokenOf: ContextManager | undefined;

/** Attaching makes an object, which nobody keeps. */
function keepTokenShape(manager: ContextManager): void {
  if (tokenOf === manager) return;
  tokenOf = manager;
  manager.with(ROOT_CONTEXT, () => keepShape(manager.attach?.(ROOT_CONTEXT) ?? {}));
}
