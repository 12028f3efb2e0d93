import { type ExportTotals, NOTHING_MADE } from "./otlp/export-counts.ts";
import type { ProcessRole } from "./process/process-role.ts";

/**
 * State of the preload in this process.
 *
 * @enum
 */
export const TelemetryState = {
  /** Nothing was started, and nothing will be. */
  Off: "off",
  /** A worker thread in which no tracer has been requested yet. */
  Waiting: "waiting",
  Running: "running",
  /** `stopTelemetry()` was called. */
  Stopped: "stopped",
} as const;
export type TelemetryState = (typeof TelemetryState)[keyof typeof TelemetryState];

/** Destinations of this process's telemetry, and the counts of what was sent. */
export interface TelemetryStatus {
  /** Whether telemetry runs. */
  readonly state: TelemetryState;
  /** Kind of process in which the preload runs. */
  readonly role: ProcessRole;
  /** `service.name` of everything reported; `undefined` when nothing is reported. */
  readonly serviceName: string | undefined;
  /** URL of `/metrics`, once its port is bound. */
  readonly metricsUrl: string | undefined;
  /** Settles with {@link metricsUrl} when the port is bound, or with `undefined` when it is not served. */
  readonly metricsBound: Promise<string | undefined>;
  /** Endpoint that metrics are pushed to. */
  readonly metricsEndpoint: string | undefined;
  /** Endpoint that spans are sent to. */
  readonly tracesEndpoint: string | undefined;
  /** Endpoint that log records are sent to. */
  readonly logsEndpoint: string | undefined;
  /** Counts of the spans sent there: made = waiting + inFlight + exported + failed + dropped. */
  readonly spans: ExportTotals;
  /** Counts of the log records sent to {@link logsEndpoint}, likewise. */
  readonly logs: ExportTotals;
}

/** What has become of the spans or log records of a process since its start. */
export interface ExportResults {
  /** Accepted by the collector. */
  readonly exported: number;
  /** Sent, and rejected or lost. */
  readonly failed: number;
  /** Never sent: the queue was full, or the deadline passed. */
  readonly dropped: number;
}

/** Result of `stopTelemetry()`. */
export interface StopReport {
  /** Whether everything was flushed in time and no span or log record has been lost since the start. */
  readonly complete: boolean;
  /** Duration of the flush, in milliseconds. */
  readonly durationMs: number;
  /** Counts of spans since the start of the process. */
  readonly spans: ExportResults;
  /** Counts of log records since the start of the process. */
  readonly logs: ExportResults;
}

/** Returns the status of a process in which no SDK runs. */
export function idleStatus(
  state: typeof TelemetryState.Off | typeof TelemetryState.Waiting,
  role: ProcessRole,
): TelemetryStatus {
  return {
    state,
    role,
    serviceName: undefined,
    metricsUrl: undefined,
    metricsBound: Promise.resolve(undefined),
    metricsEndpoint: undefined,
    tracesEndpoint: undefined,
    logsEndpoint: undefined,
    spans: NOTHING_MADE,
    logs: NOTHING_MADE,
  };
}

/** The report of a stop when no SDK was running. */
export const NOTHING_STOPPED: StopReport = {
  complete: true,
  durationMs: 0,
  spans: NOTHING_MADE,
  logs: NOTHING_MADE,
};
