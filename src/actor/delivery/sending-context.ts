import type { Context } from "@opentelemetry/api";
import { activeContext } from "../../telemetry/context/active-context.ts";
import type { SystemRuntime } from "../system/system-runtime.ts";

/** Returns the context a message carries: the active context with the stores the system carries. */
export function sendingContext({ carrier }: SystemRuntime): Context {
  return carrier === undefined ? activeContext() : carrier.activeContext();
}
