import type { Span } from "@opentelemetry/api";
import { type ReadableSpan, type SpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

/** Counts the spans of a scenario that have begun and not ended. */
export class SpanBook implements SpanProcessor {
  readonly provider: TracerProvider;
  readonly #open = new Map<string, string>();
  readonly #problems: string[] = [];
  started = 0;

  constructor() {
    this.provider = new TracerProvider({ spanProcessors: [this] });
  }

  /** One sentence for each span that is open or has ended twice. */
  problems(): readonly string[] {
    const open = Array.from(this.#open.values(), (name) => `the span ${name} has not ended`);
    return [...this.#problems, ...open];
  }

  onStart(span: Span & ReadableSpan): void {
    this.started += 1;
    this.#open.set(span.spanContext().spanId, span.name);
  }

  onEnd(span: ReadableSpan): void {
    if (this.#open.delete(span.spanContext().spanId)) return;
    this.#problems.push(`the span ${span.name} has ended twice`);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
