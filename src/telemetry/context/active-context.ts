import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { ActorScope } from "./actor-scope.ts";
import { activeIn, contextManager } from "./api-globals.ts";

/** Returns the active context, for propagation. */
export function activeContext(): Context {
  const manager = contextManager();
  if (manager === undefined) return ROOT_CONTEXT;
  const active = activeIn(manager);
  if (active instanceof ActorScope) active.known = true;
  return active;
}
