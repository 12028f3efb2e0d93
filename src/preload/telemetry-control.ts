import { requireKnownKeys } from "../base/options.ts";
import { currentRole } from "./process-role.ts";
import {
  idleStatus,
  NOTHING_STOPPED,
  type StopReport,
  TelemetryState,
  type TelemetryStatus,
} from "./telemetry-status.ts";

/** Options of {@link stopTelemetry}. */
export interface StopTelemetryOptions {
  /** How long flushing may take. Default `LIMELIGHT_SHUTDOWN_DEADLINE_MS`, else 2,000 ms. */
  readonly deadlineMs?: number;
}

/** How the telemetry of this process is reached, also from a second copy of the package. */
export interface TelemetryControl {
  status(): TelemetryStatus;
  stop(options: StopTelemetryOptions): Promise<StopReport>;
}

/** A registered symbol: all copies of the preload in a process see the same. */
const KEY = Symbol.for("limelight.preload");
const shared = globalThis as { [KEY]?: TelemetryControl };

const off: TelemetryControl = {
  status: () => idleStatus(TelemetryState.Off, currentRole()),
  stop: () => Promise.resolve(NOTHING_STOPPED),
};

/**
 * Makes `control` the one of this process.
 *
 * @returns whether it is the first: a preload may be loaded twice, by `--require` and by `--import`
 */
export function claimProcess(control: TelemetryControl): boolean {
  if (shared[KEY] !== undefined) return false;
  shared[KEY] = control;
  return true;
}

/** Where the telemetry of this process goes, and what has gone there. */
export function telemetryStatus(): TelemetryStatus {
  return (shared[KEY] ?? off).status();
}

/**
 * Flushes spans and metrics within the deadline, closes the port and ends all recording. Await it before
 * `process.exit()`, or after your own shutdown in a signal listener. Never rejects; later calls return the
 * same promise, whatever their deadline.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` for an unknown option
 */
export function stopTelemetry(options: StopTelemetryOptions = {}): Promise<StopReport> {
  requireKnownKeys("`stopTelemetry`", options, ["deadlineMs"]);
  return (shared[KEY] ?? off).stop(options);
}
