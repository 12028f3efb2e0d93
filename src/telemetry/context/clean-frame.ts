import { AsyncResource } from "node:async_hooks";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { context } from "./api.ts";
import { clearStores } from "./clear-stores.ts";

/**
 * Creates an async resource in whose scope no AsyncLocalStorage has a store, wherever it is created.
 *
 * Capturing a frame also captures the stores in force. A system created inside a request would retain that
 * request, and expose it to all later messages.
 */
export function cleanFrame(): AsyncResource {
  // The root context also serves context managers that identify resources by their async id.
  const frame = context.active() === ROOT_CONTEXT ? capture() : context.with(ROOT_CONTEXT, capture);
  clearStores(frame);
  return frame;
}

function capture(): AsyncResource {
  return new AsyncResource("limelight.frame");
}
