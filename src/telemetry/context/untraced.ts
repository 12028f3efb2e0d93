import { ROOT_CONTEXT } from "@opentelemetry/api";
import { context, SUPPRESS_TRACING } from "./api.ts";
import { runClean } from "./frames.ts";

const UNTRACED = ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true);

/** Calls `fn` without any store, and without spans for what it starts. */
export function runUntraced<Result>(fn: () => Result): Result {
  return runClean(() => context.with(UNTRACED, fn));
}
