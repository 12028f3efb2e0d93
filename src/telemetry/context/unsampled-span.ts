import { type Span, type SpanContext, TraceFlags } from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";
import { randomSpanId, randomTraceId } from "./span-ids.ts";

/**
 * The span of a trace that is not recorded. It carries the sampling decision and a trace id for logs and for
 * other processes. The id is generated on first read.
 */
export class UnsampledSpan implements Span {
  #spanContext: SpanContext | undefined;

  spanContext(): SpanContext {
    this.#spanContext ??= {
      traceId: randomTraceId(),
      spanId: randomSpanId(),
      traceFlags: TraceFlags.NONE,
    };
    return this.#spanContext;
  }

  isRecording(): boolean {
    return false;
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  recordException(): void {}

  end(): void {}
}

keepShape(new UnsampledSpan());
