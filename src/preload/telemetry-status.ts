import type { ProcessRole } from "./process-role.ts";
import { NO_SPANS, type SpanTotals } from "./span-counts.ts";

/** What the preload is doing in this process. */
export const TelemetryState = {
  /** Nothing was started, and nothing will be. */
  Off: "off",
  /** A worker thread in which nobody has asked for a tracer yet. */
  Waiting: "waiting",
  Running: "running",
  /** `stopTelemetry()` was called. */
  Stopped: "stopped",
} as const;
export type TelemetryState = (typeof TelemetryState)[keyof typeof TelemetryState];

/** Where the telemetry of this process goes, and what has gone there. */
export interface TelemetryStatus {
  readonly state: TelemetryState;
  readonly role: ProcessRole;
  /** `service.name` of everything reported; `undefined` when nothing is. */
  readonly serviceName: string | undefined;
  /** Where `/metrics` is served, once its port is bound. */
  readonly metricsUrl: string | undefined;
  /** Settles with {@link metricsUrl} when the port is bound, or with `undefined` when it is not served. */
  readonly metricsBound: Promise<string | undefined>;
  /** Where metrics are pushed to. */
  readonly metricsEndpoint: string | undefined;
  /** Where spans are sent to. */
  readonly tracesEndpoint: string | undefined;
  /** The books of the spans sent there: made = waiting + inFlight + exported + failed + dropped. */
  readonly spans: SpanTotals;
}

/** What `stopTelemetry()` could still deliver. */
export interface StopReport {
  /** Everything was flushed in time, and no span has been lost since the start. */
  readonly complete: boolean;
  readonly durationMs: number;
  /** Since the start of the process. */
  readonly spans: {
    /** Taken by the collector. */
    readonly exported: number;
    /** Sent, and refused or lost. */
    readonly failed: number;
    /** Never sent: the queue was full, or the deadline came. */
    readonly dropped: number;
  };
}

/** The status of a process in which no SDK runs. */
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
    spans: NO_SPANS,
  };
}

/** The report of a stop where nothing ran. */
export const NOTHING_STOPPED: StopReport = { complete: true, durationMs: 0, spans: NO_SPANS };
