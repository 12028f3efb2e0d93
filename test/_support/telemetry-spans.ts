import assert from "node:assert/strict";
import { context, TraceFlags, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { InMemoryTelemetry } from "../../src/testing.ts";

/** The one ended span called `name`. */
export function spanNamed(telemetry: InMemoryTelemetry, name: string): ReadableSpan {
  const found = telemetry.spansNamed(name);
  const all = telemetry.spans().map((span) => span.name);
  assert.equal(found.length, 1, `one span ${name} among ${JSON.stringify(all)}`);
  return found[0]!;
}

/** Holds that `child` is in the trace of `parent`, directly below it. */
export function assertChildOf(child: ReadableSpan, parent: ReadableSpan): void {
  const text = `${child.name} is a child of ${parent.name}`;
  assert.equal(child.parentSpanContext?.spanId, parent.spanContext().spanId, text);
  assert.equal(child.spanContext().traceId, parent.spanContext().traceId, text);
}

/** Holds that `span` begins a trace of its own, whose only tie to `cause` is a link. */
export function assertRootLinkedTo(span: ReadableSpan, cause: ReadableSpan): void {
  const { name } = span;
  assert.equal(span.parentSpanContext, undefined, `${name} has no parent`);
  assert.notEqual(
    span.spanContext().traceId,
    cause.spanContext().traceId,
    `${name} is a new trace`,
  );
  const links = span.links.map((link) => link.context.spanId);
  assert.deepEqual(links, [cause.spanContext().spanId], `${name} links to ${cause.name}`);
}

/** Holds that `span` begins a trace and links to nothing. */
export function assertRoot(span: ReadableSpan): void {
  assert.equal(span.parentSpanContext, undefined, `${span.name} has no parent`);
  assert.deepEqual(span.links, [], `${span.name} has no links`);
}

/** Runs `fn` in a span called `caller` that has ended by the time anything it sends is handled. */
export function inCaller<Result>(telemetry: InMemoryTelemetry, fn: () => Result): Result {
  const span = telemetry.tracerProvider.getTracer("test").startSpan("caller");
  try {
    return context.with(trace.setSpan(context.active(), span), fn);
  } finally {
    span.end();
  }
}

/** Runs `fn` in a trace that was decided, elsewhere, not to be recorded. */
export function inUnsampledTrace<Result>(traceId: string, fn: () => Result): Result {
  const spanContext = { traceId, spanId: "00f067aa0ba902b7", traceFlags: TraceFlags.NONE };
  return context.with(trace.setSpanContext(context.active(), spanContext), fn);
}
