import { AsyncResource } from "node:async_hooks";
import { context, ROOT_CONTEXT } from "@opentelemetry/api";

/**
 * Makes an async resource in whose scope no AsyncLocalStorage has a store, wherever it is made. Capturing a
 * frame fixes the stores of the place; a system made inside a request would keep that request, and show it
 * to all messages that follow.
 */
export function cleanFrame(): AsyncResource {
  // Context managers that follow resources by their id see the root context, too.
  const frame = context.active() === ROOT_CONTEXT ? capture() : context.with(ROOT_CONTEXT, capture);
  clean(frame);
  return frame;
}

function capture(): AsyncResource {
  return new AsyncResource("limelight.frame");
}

/**
 * Takes all stores out of `frame`. Node has no call for that: it keeps them under symbols of the resource, one
 * map (`AsyncContextFrame`, the default since Node 24) or one symbol for each storage (before). What it keeps
 * besides are numbers, and a flag for destroy hooks.
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
