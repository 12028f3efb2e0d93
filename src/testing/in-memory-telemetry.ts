import { type Attributes, context } from "@opentelemetry/api";
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
import { hasContextManager, refreshApiGlobals } from "../telemetry/api-globals.ts";
import { createLogger } from "../telemetry/logger.ts";
import { type HistogramProducer, producerOf } from "../telemetry/metric-producer.ts";
import { exportTo } from "../telemetry/metrics-export.ts";

/** What a reader gets before anything can be collected. */
const NO_METRICS = { resource: emptyResource(), scopeMetrics: [] };

/** Options of {@link inMemoryTelemetry}. */
export interface InMemoryTelemetryOptions {
  /** Default: record everything. */
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

/** Collects in memory what a system says to OpenTelemetry and to its log. */
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
    // The provider wants its readers first, and the producer wants the provider: hence the detour.
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

  /** Pass to `createSystem`. */
  get systemOptions(): Pick<RuntimeOptions, "logger" | "metrics" | "tracing"> {
    return {
      logger: this.logger,
      metrics: { meterProvider: this.meterProvider },
      tracing: { tracerProvider: this.tracerProvider },
    };
  }

  /** Spans that have ended, in the order they did. */
  spans(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  /** The ended spans of this name. */
  spansNamed(name: string): readonly ReadableSpan[] {
    return this.spans().filter((span) => span.name === name);
  }

  /** Log lines so far. */
  logs(): readonly LogLine[] {
    return this.#lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** Collects: every point of the metric `name`, by OpenTelemetry's name. */
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

  /** Collects: the sum of the points of `name` that have all of `attributes`; of a histogram, the counts. */
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
 * Creates telemetry that stays in memory. Registers OpenTelemetry's usual context manager for the whole
 * process when there is none yet, and leaves it there; providers are passed by argument, so that tests
 * in one process do not share spans or metrics.
 */
export function inMemoryTelemetry(options: InMemoryTelemetryOptions = {}): InMemoryTelemetry {
  refreshApiGlobals();
  if (!hasContextManager()) {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    refreshApiGlobals();
  }
  return new InMemoryTelemetry(options);
}
