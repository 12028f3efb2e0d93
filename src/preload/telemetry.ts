import { type Clock, KeepAlive } from "../base/clock.ts";
import type { TracerProvider } from "../telemetry/spans/tracer-provider.ts";
import { setSdkRootRatio } from "../telemetry/traces/root-sampling.ts";
import { settledWithin } from "./deadline.ts";
import {
  type InstrumentationParts,
  registerInstrumentations,
} from "./instrumentation/instrumentations.ts";
import type { Stoppable } from "./logs-pipeline.ts";
import type { MetricOutlets } from "./metric-readers.ts";
import { type ExportTotals, NOTHING_MADE } from "./otlp/export-counts.ts";
import type { ProcessRole } from "./process/process-role.ts";
import type { MetricsServer } from "./prometheus/metrics-server.ts";
import type { RuntimeMetrics } from "./runtime-metrics.ts";
import type { DecidedSampler } from "./spans/sampler.ts";
import type { SpanOutlets } from "./spans/span-processors.ts";
import { type StopReport, TelemetryState, type TelemetryStatus } from "./telemetry-status.ts";

/** Dependencies of {@link Telemetry}. */
export interface TelemetryParts {
  readonly clock: Clock;
  readonly role: ProcessRole;
  /** The SDK's providers. */
  readonly providers: readonly Stoppable[];
  readonly tracerProvider: TracerProvider | undefined;
  readonly sampler: DecidedSampler;
  readonly spans: SpanOutlets;
  readonly metrics: MetricOutlets;
  readonly server: MetricsServer | undefined;
  readonly runtimeMetrics: RuntimeMetrics | undefined;
  readonly serviceName: string;
}

/** Time for the queue to count the spans it dropped at the deadline. */
const GRACE_MS = 50;

/** The telemetry of this process: a started SDK that is flushed and stopped within a deadline. */
export class Telemetry {
  readonly #parts: TelemetryParts;
  #stopped: Promise<StopReport> | undefined;

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
  }

  /** Counts of the span queue. */
  get spanTotals(): ExportTotals {
    return this.#parts.spans.queue?.counts.totals() ?? NOTHING_MADE;
  }

  /** `undefined` when no span is recorded. */
  get tracerProvider(): TracerProvider | undefined {
    return this.#parts.tracerProvider;
  }

  /** Whether metrics are pushed at intervals, by OTLP. */
  get pushesMetrics(): boolean {
    return this.#parts.metrics.delivery !== undefined;
  }

  /** Whether `stopTelemetry()` has been called. */
  get stopping(): boolean {
    return this.#stopped !== undefined;
  }

  /**
   * Registers the instrumentations of the application.
   *
   * @returns whether log lines of pino also become records of the Logs API
   */
  instrument(parts: Omit<InstrumentationParts, "tracerProvider" | "stopRuntimeMetrics">): boolean {
    const { providers, tracerProvider, runtimeMetrics } = this.#parts;
    if (providers.length === 0) return false;
    const stopRuntimeMetrics = (): void => runtimeMetrics?.[Symbol.dispose]();
    return registerInstrumentations({ ...parts, tracerProvider, stopRuntimeMetrics });
  }

  status(): TelemetryStatus {
    const { role, serviceName, spans, metrics, server } = this.#parts;
    return {
      state: this.stopping ? TelemetryState.Stopped : TelemetryState.Running,
      role,
      serviceName,
      metricsUrl: server?.url,
      metricsBound: server?.bound ?? Promise.resolve(undefined),
      metricsEndpoint: metrics.metricsEndpoint,
      tracesEndpoint: spans.tracesEndpoint,
      spans: this.spanTotals,
    };
  }

  /**
   * Sends what has been collected, and continues. Never rejects.
   *
   * @returns whether everything was answered within the deadline
   */
  async flush(deadlineMs: number, keepAlive: KeepAlive): Promise<boolean> {
    if (this.#stopped !== undefined) return (await this.#stopped).complete;
    const { clock, spans, metrics } = this.#parts;
    const flushAll = async (): Promise<void> => {
      await Promise.all([...spans.processors, ...metrics.readers].map((part) => part.forceFlush()));
    };
    return await settledWithin(flushAll(), { clock, deadlineMs, keepAlive });
  }

  /** Sends spans while this thread is blocked, for an `exit` listener. Never throws. */
  flushBeforeExit(deadlineMs: number): void {
    this.#parts.spans.queue?.sendBeforeExit(deadlineMs);
  }

  /** Flushes and shuts down. Never rejects; later calls return the same promise. */
  stop(deadlineMs: number): Promise<StopReport> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  async #stop(deadlineMs: number): Promise<StopReport> {
    const { clock, providers, sampler, spans, metrics, server, runtimeMetrics } = this.#parts;
    const startedMs = clock.monotonicMs();
    sampler.stop();
    setSdkRootRatio(0);
    const shutDown = async (): Promise<void> => {
      // Closed first, with the deadline. The SDK closes it again, without one.
      void spans.queue?.close(deadlineMs);
      await Promise.all([...providers.map((part) => part.shutdown()), server?.close()]);
    };
    const options = { clock, deadlineMs: deadlineMs + GRACE_MS, keepAlive: KeepAlive.Yes };
    const inTime = await settledWithin(shutDown(), options);
    metrics.delivery?.abort();
    runtimeMetrics?.[Symbol.dispose]();
    const totals = this.spanTotals;
    return {
      complete: inTime && totals.failed === 0 && totals.dropped === 0,
      durationMs: clock.monotonicMs() - startedMs,
      spans: { exported: totals.exported, failed: totals.failed, dropped: totals.dropped },
    };
  }
}
