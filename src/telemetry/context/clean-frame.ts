import { AsyncResource } from "node:async_hooks";
import { context, ROOT_CONTEXT } from "@opentelemetry/api";

/**
 * Creates an async resource in whose scope no AsyncLocalStorage has a store, wherever it is created.
 *
 * Capturing a frame also captures the stores in force. A system created inside a request would retain that
 * request, and expose it to all later messages.
 */
export function cleanFrame(): AsyncResource {
  // The root context also serves context managers that identify resources by their async id.
  const frame = context.active() === ROOT_CONTEXT ? capture() : context.with(ROOT_CONTEXT, capture);
  clean(frame);
  return frame;
}

function capture(): AsyncResource {
  return new AsyncResource("limelight.frame");
}

/**
 * Removes all stores from `frame`. Node has no API for that: it keeps stores under symbols of the resource,
 * in one map (`AsyncContextFrame`, the default since Node 24) or under one symbol per storage (earlier). Its
 * other symbol properties are numbers, and a flag for destroy hooks.
 */
export function clean(frame: AsyncResource): void {
  const slots = frame as unknown as Record<symbol, unknown>;
  for (const symbol of Object.getOwnPropertySymbols(frame)) {
    if (symbol.description === "context_frame") slots[symbol] = undefined;
    else if (!KEPT.has(symbol.description)) delete slots[symbol];
  }
}

const KEPT: ReadonlySet<string | undefined> = new Set([
  "async_id_symbol",
  "trigger_async_id_symbol",
  "destroyed",
]);
