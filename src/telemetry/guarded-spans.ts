import {
  type Context,
  diag,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
} from "@opentelemetry/api";
import { errorType, toError } from "../base/errors.ts";
import { spanOf } from "./actor-scope.ts";
import { Attribute } from "./attributes.ts";
import { UnsampledSpan } from "./root-sampling.ts";

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
    diag.error("limelight could not start a span", error);
    return spanOf(context) ?? new UnsampledSpan();
  }
}

/** Ends `span`; a processor that throws is no reason to fail what the span stands for. */
export function endSpan(span: Span): void {
  try {
    span.end();
  } catch (error) {
    diag.error("limelight could not end a span", error);
  }
}

/** Ends `span`: as failed if there is an error. */
export function finishSpan(span: Span, error: unknown): void {
  if (error === undefined) endSpan(span);
  else endWithError(span, error);
}

/** Ends `span` as failed with what was thrown. */
export function endWithError(span: Span, thrown: unknown): void {
  if (span.isRecording()) {
    const error = toError(thrown);
    span.setAttribute(Attribute.ErrorType, errorType(thrown));
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  }
  endSpan(span);
}
