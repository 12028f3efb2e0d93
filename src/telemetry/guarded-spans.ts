import {
  type Context,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
} from "@opentelemetry/api";
import { errorType, toError } from "../base/errors.ts";
import { errorMessage, property, textProperty } from "../base/foreign-value.ts";
import { spanOf } from "./actor-scope.ts";
import { Attribute } from "./attributes.ts";
import { tellDiag } from "./diag-line.ts";
import { redactText } from "./redact-text.ts";
import { UnsampledSpan } from "./root-sampling.ts";
import { secretKeys } from "./secret-keys.ts";

/**
 * Starts a span. A sampler or processor that throws is no reason to fail what the span is for: that goes on
 * in its parent's trace, or in one that is not recorded.
 */
export function startSpan(
  tracer: Tracer,
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

/** Ends `span`; a processor that throws is no reason to fail what the span stands for. */
export function endSpan(span: Span): void {
  try {
    span.end();
  } catch (error) {
    tellDiag("limelight could not end a span", error);
  }
}

/** Ends `span`: as failed if there is an error. */
export function finishSpan(span: Span, error: unknown): void {
  if (error === undefined) endSpan(span);
  else endWithError(span, error);
}

/** What a span keeps of an error's texts; a batch of spans must stay small enough to be taken. */
const MAX_MESSAGE = 8_192;
const MAX_STACK = 16_384;

/** Ends `span` as failed with what was thrown, of which it keeps name, code, message and stack. */
export function endWithError(span: Span, thrown: unknown): void {
  try {
    if (span.isRecording()) recordError(span, thrown);
  } catch (error) {
    tellDiag("limelight could not record an error", error);
  }
  endSpan(span);
}

/** The error is read here: its getters may throw, and an SDK reads without care. */
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
