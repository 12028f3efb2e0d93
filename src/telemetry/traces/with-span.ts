import type { Context, Span, SpanOptions } from "@opentelemetry/api";
import { optionKeys, requireKnownKeys } from "../../base/options.ts";
import { SCHEMA_URL, SCOPE_NAME } from "../catalogue.ts";
import { context, trace } from "../context/api.ts";
import { VERSION } from "../version.ts";
import { startSpan } from "./guarded-spans.ts";
import { SpanOfWork } from "./span-of-work.ts";

/** Options of {@link withSpan}: those of OpenTelemetry's spans, and the parent. */
export interface WithSpanOptions extends SpanOptions {
  /** Parent context of the span. Default: the active context. */
  readonly parent?: Context;
}

const WITH_SPAN_OPTIONS = optionKeys<WithSpanOptions>({
  kind: true,
  attributes: true,
  links: true,
  startTime: true,
  root: true,
  parent: true,
});

/**
 * Runs `fn` in a span that is active while `fn` runs, including across awaits.
 *
 * The span lasts as long as the result of `fn`: a promise or thenable until it settles; an iterator of a
 * generator, an async iterable or a stream until its end. If `fn` throws, or its result rejects or fails, the
 * span is marked as failed and the error is passed on. A thenable that starts its work when it is awaited is
 * not started.
 *
 * @returns what `fn` returns; for a web `ReadableStream`, a stream with the same chunks
 */
export function withSpan<Result>(
  name: string,
  fn: (span: Span) => Result,
  options: WithSpanOptions = {},
): Result {
  requireKnownKeys("`withSpan`", options, WITH_SPAN_OPTIONS);
  const { parent = context.active(), ...spanOptions } = options;
  const tracer = trace.getTracer(SCOPE_NAME, VERSION, SCHEMA_URL);
  const span = startSpan(tracer, name, spanOptions, parent);
  const active = trace.setSpan(parent, span);
  const work = new SpanOfWork(span, active);
  return context.with(active, () => {
    try {
      return work.follow(fn(span));
    } catch (error) {
      work.failed(error);
      throw error;
    }
  });
}
