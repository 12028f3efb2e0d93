import { AsyncResource } from "node:async_hooks";
import {
  type Context,
  type ContextManager,
  createContextKey,
  ROOT_CONTEXT,
} from "@opentelemetry/api";
import { clearStores } from "./clear-stores.ts";

const PROBE = createContextKey("limelight root probe");

/**
 * Returns the root context that `manager` reports where no context is active: the `ROOT_CONTEXT` of the copy
 * of the API that the manager uses. `undefined` if the manager does not tell.
 *
 * Each copy of the API has a root of its own. The CommonJS and the ES module build of one installation are
 * two copies as well.
 */
export function rootOf(manager: ContextManager): Context | undefined {
  try {
    const root = withoutStores(manager);
    // A manager that ignores stores reports the active context instead, and then the probe as well.
    const probe = ROOT_CONTEXT.setValue(PROBE, true);
    const again = manager.with(probe, () => withoutStores(manager));
    return again === root ? root : undefined;
  } catch {
    return undefined; // it fails at every call, and its callers report that
  }
}

function withoutStores(manager: ContextManager): Context {
  const frame = new AsyncResource("limelight.frame");
  clearStores(frame);
  return frame.runInAsyncScope(() => manager.active());
}
