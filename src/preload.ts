/**
 * Starts OpenTelemetry when it is loaded: `node --import limelight/preload app.mjs`. `limelight/telemetry` exports the
 * same names without that effect.
 *
 * @module limelight/preload
 */
import "./base/node/require-node.ts";
import "./preload/auto-start.ts";

export type { ExportTotals } from "./preload/otlp/export-counts.ts";
export { ProcessRole } from "./preload/process/process-role.ts";
export {
  type StopTelemetryOptions,
  stopTelemetry,
  telemetryStatus,
} from "./preload/telemetry-control.ts";
export {
  type ExportResults,
  type StopReport,
  TelemetryState,
  type TelemetryStatus,
} from "./preload/telemetry-status.ts";
