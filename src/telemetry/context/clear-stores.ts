import type { AsyncResource } from "node:async_hooks";

/**
 * Removes all stores of AsyncLocalStorages from `frame`. Node has no API for that: it keeps stores under
 * symbols of the resource, in one map (`AsyncContextFrame`, the default since Node 24) or under one symbol per
 * storage (earlier). Its other symbol properties are numbers, and a flag for destroy hooks.
 */
export function clearStores(frame: AsyncResource): void {
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
