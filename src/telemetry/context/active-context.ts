import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { activeIn, contextManager } from "./api-globals.ts";

/** Returns the active context, for propagation. */
export function activeContext(): Context {
  const manager = contextManager();
  if (manager === undefined) return ROOT_CONTEXT;
  return activeIn(manager);
}
