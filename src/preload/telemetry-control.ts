import { requireKnownKeys } from "../base/options.ts";
import { currentRole } from "./process/process-role.ts";
import {
  idleStatus,
  NOTHING_STOPPED,
  type StopReport,
  TelemetryState,
  type TelemetryStatus,
} from "./telemetry-status.ts";

/** Options of {@link stopTelemetry}. */
export interface StopTelemetryOptions {
  /** Maximum duration of the flush, in milliseconds. Default `LIMELIGHT_SHUTDOWN_DEADLINE_MS`, else 2,000. */
  readonly deadlineMs?: number;
}

/** Access to the telemetry of this process, also from a second copy of the package. */
export interface TelemetryControl {
  status(): TelemetryStatus;
  stop(options: StopTelemetryOptions): Promise<StopReport>;
}

/** A registered symbol: all copies of the preload in a process share one control. */
const KEY = Symbol.for("limelight.preload");
const shared = globalThis as { [KEY]?: TelemetryControl };

const off: TelemetryControl = {
  status: () => idleStatus(TelemetryState.Off, currentRole()),
  stop: () => Promise.resolve(NOTHING_STOPPED),
};

/**
 * Registers `control` as the control of this process.
 *
 * @returns whether it is the first: a preload may be loaded twice, by `--require` and by `--import`
 */
export function claimProcess(control: TelemetryControl): boolean {
  if (shared[KEY] !== undefined) return false;
  shared[KEY] = control;
  return true;
}

/**
 * Returns the destinations of this process's telemetry, and the counts of what was sent.
 *
 * @example
 * ```ts
 * const { state, metricsUrl, spans } = telemetryStatus();
 * console.log(state, metricsUrl, spans.exported);
 * ```
 */
export function telemetryStatus(): TelemetryStatus {
  return (shared[KEY] ?? off).status();
}

/**
 * Flushes spans and metrics within the deadline, closes the port and ends all recording.
 *
 * Await it before `process.exit()`, or after your own shutdown in a signal listener. Never rejects. Later
 * calls return the same promise, whatever their deadline.
 *
 * @throws UsageError `ERR_INVALID_OPTION` for an unknown option
 * @example
 * ```ts
 * process.once("SIGTERM", async () => {
 *   await system.shutdown();
 *   const { complete, spans } = await stopTelemetry({ deadlineMs: 2_000 });
 *   if (!complete) console.error("telemetry was lost", spans);
 *   process.exit();
 * });
 * ```
 */
export function stopTelemetry(options: StopTelemetryOptions = {}): Promise<StopReport> {
  requireKnownKeys("`stopTelemetry`", options, ["deadlineMs"]);
  return (shared[KEY] ?? off).stop(options);
}
