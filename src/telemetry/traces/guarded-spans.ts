import { type Context, type Span, type SpanOptions, SpanStatusCode } from "@opentelemetry/api";
import { errorType, toError } from "../../base/errors.ts";
import { errorMessage, property, textProperty } from "../../base/foreign-value.ts";
import { Attribute } from "../attributes.ts";
import { spanOf } from "../context/actor-scope.ts";
import type { SpanSource } from "../context/api.ts";
import { tellDiag } from "../context/diag-line.ts";
import { UnsampledSpan } from "../context/unsampled-span.ts";
import { redactText } from "../logs/redact-text.ts";
import { secretKeys } from "../logs/secret-keys.ts";
import type { LazyStart, LeanTracer } from "../spans/lean-tracer.ts";

/**
 * Starts a span, even if a sampler or processor throws.
 *
 * The traced work must not fail for that reason: it then continues in its parent's trace, or in one that is
 * not recorded.
 */
export function startSpan(
  tracer: SpanSource,
  name: string,
  options: SpanOptions,
  context: Context,
): Span {
  try {
    return tracer.startSpan(name, options, context);
  } catch (error) {
    tellDiag("limelight could not start a span", error);
    return spanOf(context) ?? new UnsampledSpan();
  }
}

/** As {@link startSpan}, for a span of limelight's own. */
export function startLazily(tracer: LeanTracer, lazy: LazyStart, context: Context): Span {
  try {
    return tracer.startLazily(lazy, context);
  } catch (error) {
    tellDiag("limelight could not start a span", error);
    return lazy.parent ?? new UnsampledSpan();
  }
}

/** Ends `span`. An error thrown by a processor is caught, so that the traced work does not fail. */
export function endSpan(span: Span): void {
  try {
    span.end();
  } catch (error) {
    tellDiag("limelight could not end a span", error);
  }
}

/** Ends `span`, as failed if there is an error. */
export function finishSpan(span: Span, error: unknown): void {
  if (error === undefined) endSpan(span);
  else endWithError(span, error);
}

/** Maximum length of an error text on a span, so that a batch of spans stays below a backend's size limit. */
const MAX_MESSAGE = 8_192;
const MAX_STACK = 16_384;

/** Ends `span` as failed and records the name, code, message and stack of what was thrown. */
export function endWithError(span: Span, thrown: unknown): void {
  try {
    if (span.isRecording()) recordError(span, thrown);
  } catch (error) {
    tellDiag("limelight could not record an error", error);
  }
  endSpan(span);
}

/** The error is read here because its getters may throw, and an SDK reads it unguarded. */
function recordError(span: Span, thrown: unknown): void {
  const error = toError(thrown);
  const message = spanText(errorMessage(error), MAX_MESSAGE);
  const code = property(error, "code");
  const stack = textProperty(error, "stack");
  span.setAttribute(Attribute.ErrorType, errorType(thrown));
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.recordException({
    name: textProperty(error, "name") ?? "Error",
    message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(stack === undefined ? {} : { stack: spanText(stack, MAX_STACK) }),
  });
}

function spanText(text: string, limit: number): string {
  return redactText(text.slice(0, limit * 2), secretKeys).slice(0, limit);
}
