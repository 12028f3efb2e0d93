import {
  type Context,
  context,
  metrics,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import {
  type ReadableSpan,
  type Sampler,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";

import { TracerProvider as LeanProvider, metricProducer } from "../../src/telemetry.ts";

/** The SDK as the bench registers it: real providers, and exporters that do nothing. */

let contextManagerRegistered = false;

/** Idempotent: the work with distinct contexts needs it also under subjects without an SDK. */
export function registerContextManager(): void {
  if (contextManagerRegistered) return;
  contextManagerRegistered = true;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

/** Registers limelight's tracer provider, which follows parents, and the context manager. */
export function registerLeanTracing(): DiscardingBatchProcessor {
  const processor = new DiscardingBatchProcessor();
  trace.setGlobalTracerProvider(new LeanProvider({ spanProcessors: [processor] }));
  registerContextManager();
  return processor;
}

/** Registers the SDK's tracer provider and the context manager. */
export function registerTracing(sampler: Sampler): DiscardingBatchProcessor {
  const processor = new DiscardingBatchProcessor();
  trace.setGlobalTracerProvider(new TracerProvider({ sampler, spanProcessors: [processor] }));
  registerContextManager();
  return processor;
}

/** Registers a meter provider and returns its reader, which collects only when asked. */
export function registerMetrics(): OnceReader {
  // As the preload sets it up: limelight's histograms go out whole.
  const reader = new OnceReader({ metricProducers: [metricProducer()] });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return reader;
}

/** The context of a request that another service decided not to sample. */
export function unsampledParent(): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    traceFlags: TraceFlags.NONE,
    isRemote: true,
  });
}

/** Size of the batches of the SDK's own batch processor. */
const BATCH = 512;

/**
 * Does what a batch processor does up to the exporter, which is a no-op here.
 *
 * The SDK's own would drop most spans in silence: it passes on 512 per answer of the exporter.
 */
export class DiscardingBatchProcessor implements SpanProcessor {
  #batch: ReadableSpan[] = [];
  #recorded = 0;

  get recorded(): number {
    return this.#recorded;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    this.#recorded += 1;
    this.#batch.push(span);
    if (this.#batch.length === BATCH) this.#batch = [];
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

/** A reader without an interval: what metrics cost per message, without the collections. */
export class OnceReader extends MetricReader {
  /** Collects and counts the series that have data. */
  async series(): Promise<number> {
    const { resourceMetrics } = await this.collect();
    return resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .reduce((sum, metric) => sum + metric.dataPoints.length, 0);
  }

  protected async onForceFlush(): Promise<void> {}

  protected async onShutdown(): Promise<void> {}
}
