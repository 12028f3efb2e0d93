import { type Span, type SpanContext, TraceFlags } from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";

const WORD = 0x1_0000_0000;

/** Returns eight random hex digits. */
function randomWord(): string {
  return Math.floor(Math.random() * WORD)
    .toString(16)
    .padStart(8, "0");
}

/** Returns a valid id of `words` × 4 bytes. All zeros would be invalid, but its probability is negligible. */
function randomId(words: number): string {
  let id = "";
  for (let word = 0; word < words; word += 1) id += randomWord();
  return id;
}

/**
 * The span of a trace that is not recorded. It carries the sampling decision and a trace id for logs and for
 * other processes. The id is generated on first read.
 */
export class UnsampledSpan implements Span {
  #spanContext: SpanContext | undefined;

  spanContext(): SpanContext {
    this.#spanContext ??= {
      traceId: randomId(4),
      spanId: randomId(2),
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
