import { context, createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";
import { runClean } from "./frames.ts";

/** The key by which OpenTelemetry's SDKs recognize code that opens no spans; keys of one name are the same. */
const SUPPRESS_TRACING = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const UNTRACED = ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true);

/** Calls `fn` without any store, and without spans for what it starts. */
export function runUntraced<Result>(fn: () => Result): Result {
  return runClean(() => context.with(UNTRACED, fn));
}
