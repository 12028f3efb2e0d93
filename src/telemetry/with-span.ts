import { type Context, context, type Span, type SpanOptions, trace } from "@opentelemetry/api";
import { SCHEMA_URL, SCOPE_NAME } from "./catalogue.ts";
import { endSpan, endWithError, startSpan } from "./guarded-spans.ts";
import { VERSION } from "./version.ts";

/** Options of {@link withSpan}: those of OpenTelemetry's spans, and the parent. */
export interface WithSpanOptions extends SpanOptions {
  /** Context the span is a child of; default is the active one. */
  readonly parent?: Context;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

/**
 * Runs `fn` in a span that is active for as long as `fn` runs, awaits included, and ends with it.
 * What `fn` throws marks the span as failed and is thrown on.
 *
 * @returns what `fn` returns
 */
export function withSpan<Result>(
  name: string,
  fn: (span: Span) => Result,
  options: WithSpanOptions = {},
): Result {
  const { parent = context.active(), ...spanOptions } = options;
  const tracer = trace
    .getTracerProvider()
    .getTracer(SCOPE_NAME, VERSION, { schemaUrl: SCHEMA_URL });
  const span = startSpan(tracer, name, spanOptions, parent);
  const run = (): Result => {
    try {
      const result = fn(span);
      if (!isPromise(result)) {
        endSpan(span);
        return result;
      }
      return result.then(
        (value) => {
          endSpan(span);
          return value;
        },
        (error: unknown) => {
          endWithError(span, error);
          throw error;
        },
      ) as Result;
    } catch (error) {
      endWithError(span, error);
      throw error;
    }
  };
  return context.with(trace.setSpan(parent, span), run);
}
