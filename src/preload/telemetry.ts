import { type Clock, KeepAlive } from "../base/clock.ts";
import type { TracerProvider } from "../telemetry/spans/tracer-provider.ts";
import { setSdkRootRatio } from "../telemetry/traces/root-sampling.ts";
import { settledWithin } from "./deadline.ts";
import {
  type InstrumentationParts,
  registerInstrumentations,
} from "./instrumentation/instrumentations.ts";
import type { LogOutlets } from "./logs/log-outlets.ts";
import type { MetricOutlets } from "./metric-readers.ts";
import { type ExportTotals, NOTHING_MADE } from "./otlp/export-counts.ts";
import type { ProcessRole } from "./process/process-role.ts";
import type { MetricsServer } from "./prometheus/metrics-server.ts";
import type { RuntimeMetrics } from "./runtime-metrics.ts";
import type { DecidedSampler } from "./spans/sampler.ts";
import type { SpanOutlets } from "./spans/span-processors.ts";
import {
  type ExportResults,
  type StopReport,
  TelemetryState,
  type TelemetryStatus,
} from "./telemetry-status.ts";

/** A started part of the SDK. */
interface Stoppable {
  shutdown(): Promise<void>;
}

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
  readonly logs: LogOutlets;
  readonly server: MetricsServer | undefined;
  readonly runtimeMetrics: RuntimeMetrics | undefined;
  readonly serviceName: string;
}

/** Time for the queues to count what they dropped at the deadline. */
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

  /** Counts of the queue of log records. */
  get logTotals(): ExportTotals {
    return this.#parts.logs.queue?.counts.totals() ?? NOTHING_MADE;
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
    const { role, serviceName, spans, metrics, logs, server } = this.#parts;
    return {
      state: this.stopping ? TelemetryState.Stopped : TelemetryState.Running,
      role,
      serviceName,
      metricsUrl: server?.url,
      metricsBound: server?.bound ?? Promise.resolve(undefined),
      metricsEndpoint: metrics.metricsEndpoint,
      tracesEndpoint: spans.tracesEndpoint,
      logsEndpoint: logs.logsEndpoint,
      spans: this.spanTotals,
      logs: this.logTotals,
    };
  }

  /**
   * Sends what has been collected, and continues. Never rejects.
   *
   * @returns whether everything was answered within the deadline
   */
  async flush(deadlineMs: number, keepAlive: KeepAlive): Promise<boolean> {
    if (this.#stopped !== undefined) return (await this.#stopped).complete;
    const { clock, spans, metrics, logs } = this.#parts;
    const flushAll = async (): Promise<void> => {
      const parts = [...spans.processors, ...metrics.readers, logs.queue, logs.provider];
      await Promise.all(parts.map((part) => part?.forceFlush()));
    };
    return await settledWithin(flushAll(), { clock, deadlineMs, keepAlive });
  }

  /**
   * Sends spans and log records while this thread is blocked, for an `exit` listener. Never throws.
   *
   * Where there are both, spans may take half of the time.
   */
  flushBeforeExit(deadlineMs: number): void {
    const { clock, spans, logs } = this.#parts;
    const { waiting, inFlight } = this.logTotals;
    const startedMs = clock.monotonicMs();
    spans.queue?.sendBeforeExit(waiting + inFlight > 0 ? deadlineMs / 2 : deadlineMs);
    logs.queue?.sendBeforeExit(Math.max(0, deadlineMs - (clock.monotonicMs() - startedMs)));
  }

  /** Takes no more spans and log records, for an `exit` listener: nothing would send them. */
  refuse(): void {
    this.#parts.spans.queue?.refuse();
    this.#parts.logs.queue?.refuse();
  }

  /** Flushes and shuts down. Never rejects; later calls return the same promise. */
  stop(deadlineMs: number): Promise<StopReport> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  async #stop(deadlineMs: number): Promise<StopReport> {
    const { clock, providers, sampler, spans, metrics, logs, server, runtimeMetrics } = this.#parts;
    const startedMs = clock.monotonicMs();
    sampler.stop();
    setSdkRootRatio(0);
    const shutDown = async (): Promise<void> => {
      // Closed first, with the deadline. The SDK closes them again, without one.
      void spans.queue?.close(deadlineMs);
      const closed = [server?.close(), logs.queue?.close(deadlineMs)];
      await Promise.all([...providers.map((part) => part.shutdown()), ...closed]);
    };
    const options = { clock, deadlineMs: deadlineMs + GRACE_MS, keepAlive: KeepAlive.Yes };
    const inTime = await settledWithin(shutDown(), options);
    metrics.delivery?.abort();
    runtimeMetrics?.[Symbol.dispose]();
    const { spanTotals, logTotals } = this;
    return {
      complete: inTime && isWhole(spanTotals) && isWhole(logTotals),
      durationMs: clock.monotonicMs() - startedMs,
      spans: resultsOf(spanTotals),
      logs: resultsOf(logTotals),
    };
  }
}

function isWhole({ failed, dropped }: ExportTotals): boolean {
  return failed === 0 && dropped === 0;
}

function resultsOf({ exported, failed, dropped }: ExportTotals): ExportResults {
  return { exported, failed, dropped };
}
