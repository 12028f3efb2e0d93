import { TraceFlags } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { ExportQueue, type ExportQueueParts } from "../otlp/export-queue.ts";

/** The bounded queue between the SDK and an exporter of spans. Spans that are not sampled do not enter. */
export class SpanQueue extends ExportQueue<ReadableSpan> implements SpanProcessor {
  constructor(parts: Omit<ExportQueueParts<ReadableSpan>, "signal">) {
    super({ ...parts, signal: "spans" });
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) this.push(span);
  }

  shutdown(): Promise<void> {
    return this.close();
  }
}
