import { ROOT_CONTEXT } from "@opentelemetry/api";
import { context } from "./api.ts";
import { runClean } from "./frames.ts";

/** The key by which OpenTelemetry's SDKs recognize code that opens no spans. Keys of one name are one symbol. */
const SUPPRESS_TRACING = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const UNTRACED = ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true);

/** Calls `fn` without any store, and without spans for what it starts. */
export function runUntraced<Result>(fn: () => Result): Result {
  return runClean(() => context.with(UNTRACED, fn));
}
