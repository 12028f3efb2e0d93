import type { Context } from "@opentelemetry/api";
import { activeContext } from "../../telemetry/api-globals.ts";
import type { SystemRuntime } from "../system/system-runtime.ts";

/** What a message to an actor of a system carries along: the active context, and the stores the system carries. */
export function sendingContext({ carrier }: SystemRuntime): Context {
  return carrier === undefined ? activeContext() : carrier.activeContext();
}
