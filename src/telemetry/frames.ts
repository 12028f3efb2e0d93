import { AsyncResource } from "node:async_hooks";
import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import type { ActorScope } from "./actor-scope.ts";

/**
 * Async frames: the cheap way into an OpenTelemetry context.
 *
 * Entering a context through `context.with` copies Node's async frame twice (about 400 ns); running in a
 * frame captured before costs about 20 ns. A captured frame fixes all other AsyncLocalStorages too, as
 * they were when it was made. That is why the runtime makes all of its frames below one clean frame of
 * the system: by contract only OpenTelemetry's context travels with a message.
 */
function captureFrame(): AsyncResource {
  return new AsyncResource("limelight.frame");
}

/** The frame of a system: root context, and other stores as they are where the system is created. */
export function createBaseFrame(): AsyncResource {
  return context.with(ROOT_CONTEXT, captureFrame);
}

/** Captures the frame that has `scope` active; for scopes that come again and again. */
export function keepFrame(scope: ActorScope): AsyncResource {
  scope.frame = context.with(scope, captureFrame);
  return scope.frame;
}

/**
 * Runs `fn` in `scope`, inside the base frame.
 *
 * Does not restore the context afterwards: what follows in the base frame enters a scope of its own,
 * and leaving the base frame restores its caller's. That saves one of the two copies.
 */
export function enterScope<First, Second>(
  scope: ActorScope,
  fn: (first: First, second: Second) => void,
  first: First,
  second: Second,
): void {
  if (scope.frame !== undefined) {
    scope.frame.runInAsyncScope(fn, undefined, first, second);
    return;
  }
  context.attach(scope);
  fn(first, second);
}
