import type { Attributes } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { emptyResource } from "@opentelemetry/resources";
import {
  type DataPoint,
  type Histogram,
  MeterProvider,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import type { RuntimeOptions } from "../actor/system/create-runtime.ts";
import { requireKnownKeys } from "../base/options.ts";
import { context } from "../telemetry/context/api.ts";
import { hasContextManager, refreshApiGlobals } from "../telemetry/context/api-globals.ts";
import { createLogger } from "../telemetry/logs/logger.ts";
import { type HistogramProducer, producerOf } from "../telemetry/metrics/metric-producer.ts";
import { exportTo } from "../telemetry/metrics/metrics-export.ts";

/** Result of a collection before a producer is attached. */
const NO_METRICS = { resource: emptyResource(), scopeMetrics: [] };

/** Options of {@link inMemoryTelemetry}. */
export interface InMemoryTelemetryOptions {
  /** Sampler of the spans. Default: records everything. */
  readonly sampler?: Sampler;
  /** Lowest level kept. Default `debug`. */
  readonly logLevel?: string;
}

/** A parsed log line. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

/** One exported point. */
export type MetricPoint = DataPoint<number> | DataPoint<Histogram>;

class ManualReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

/** Collects in memory the telemetry and the log lines of a system. */
export class InMemoryTelemetry {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
  readonly logger: Logger;
  readonly #exporter = new InMemorySpanExporter();
  readonly #reader: MetricReader;
  readonly #lines: string[] = [];

  constructor(options: InMemoryTelemetryOptions) {
    requireKnownKeys("`inMemoryTelemetry`", options, ["sampler", "logLevel"]);
    const spanProcessors = [new SimpleSpanProcessor({ exporter: this.#exporter })];
    const { sampler } = options;
    this.tracerProvider = new TracerProvider({
      spanProcessors,
      ...(sampler === undefined ? {} : { sampler }),
    });
    // The provider needs its readers first, and the producer needs the provider, so the source is set later.
    const producer: { source?: HistogramProducer } = {};
    const empty = Promise.resolve({ resourceMetrics: NO_METRICS, errors: [] });
    this.#reader = new ManualReader({
      metricProducers: [{ collect: () => producer.source?.collect() ?? empty }],
    });
    this.meterProvider = new MeterProvider({ readers: [this.#reader] });
    producer.source = producerOf(exportTo(this.meterProvider));
    this.logger = createLogger({
      level: options.logLevel ?? "debug",
      destination: { write: (line) => this.#lines.push(line) },
    });
  }

  /** Options to pass to `createSystem`. */
  get systemOptions(): Pick<RuntimeOptions, "logger" | "metrics" | "tracing"> {
    return {
      logger: this.logger,
      metrics: { meterProvider: this.meterProvider },
      tracing: { tracerProvider: this.tracerProvider },
    };
  }

  /** Returns the spans that have ended, in order of their end. */
  spans(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  /** Returns the ended spans of this name. */
  spansNamed(name: string): readonly ReadableSpan[] {
    return this.spans().filter((span) => span.name === name);
  }

  /** Returns the log lines so far. */
  logs(): readonly LogLine[] {
    return this.#lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** Collects, and returns every point of the metric `name`, by OpenTelemetry's name. */
  async points(name: string): Promise<readonly MetricPoint[]> {
    const { resourceMetrics } = await this.#reader.collect();
    const found: MetricPoint[] = [];
    for (const { metrics } of resourceMetrics.scopeMetrics) {
      for (const metric of metrics) {
        if (metric.descriptor.name === name) found.push(...(metric.dataPoints as MetricPoint[]));
      }
    }
    return found;
  }

  /**
   * Collects, and returns the sum of the points of `name` that have all of `attributes`; for a histogram, the
   * counts.
   */
  async value(name: string, attributes: Attributes = {}): Promise<number> {
    let sum = 0;
    for (const point of await this.points(name)) {
      const wanted = Object.entries(attributes).every(
        ([key, value]) => point.attributes[key] === value,
      );
      if (!wanted) continue;
      sum += typeof point.value === "number" ? point.value : point.value.count;
    }
    return sum;
  }
}

/**
 * Creates telemetry that stays in memory.
 *
 * If no context manager is registered, OpenTelemetry's default one is registered for the whole process and
 * not removed. Providers are passed by argument, so that tests in one process do not share spans or metrics.
 */
export function inMemoryTelemetry(options: InMemoryTelemetryOptions = {}): InMemoryTelemetry {
  refreshApiGlobals();
  if (!hasContextManager()) {
    context.register(new AsyncLocalStorageContextManager().enable());
    refreshApiGlobals();
  }
  return new InMemoryTelemetry(options);
}
