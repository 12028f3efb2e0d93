import {
  hasTracerProvider,
  refreshApiGlobals,
  registeredMeterProvider,
} from "../telemetry/api-globals.ts";
import { Diagnostics } from "./diagnostics.ts";
import { currentRole, ProcessRole } from "./process-role.ts";
import { ProcessTelemetry } from "./process-telemetry.ts";
import { claimProcess } from "./telemetry-control.ts";

/*
 * The side effect of importing `limelight/preload`. Nothing in this graph may await at the top level:
 * `--require` could not load it then.
 */
autoStart();

function autoStart(): void {
  if (process.env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true") return;
  const role = currentRole();
  if (role === ProcessRole.Internal) return;
  const telemetry = new ProcessTelemetry(role);
  if (!claimProcess(telemetry)) return;
  refreshApiGlobals();
  if (hasTracerProvider() || registeredMeterProvider() !== undefined) {
    new Diagnostics().warn(
      "another OpenTelemetry SDK is registered already: limelight/preload starts nothing",
    );
    return;
  }
  if (role === ProcessRole.Worker) telemetry.startWithFirstTracer();
  else telemetry.start();
}
