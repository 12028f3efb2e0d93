import { processTaps } from "../telemetry/process-taps.ts";
import { hasRegisteredSdk } from "./api/api-registration.ts";
import { ConsoleMode, consoleMode, startConsole } from "./console-start.ts";
import { Diagnostics } from "./diagnostics.ts";
import { Environment } from "./environment.ts";
import { currentRole, ProcessRole } from "./process/process-role.ts";
import { ProcessTelemetry } from "./process-telemetry.ts";
import { claimProcess, telemetryStatus } from "./telemetry-control.ts";

/*
 * The side effect of importing `limelight/preload`. No module of this graph may use top-level await, because
 * `--require` could not load it.
 */
autoStart();

function autoStart(): void {
  const role = currentRole();
  if (role === ProcessRole.Internal || role === ProcessRole.Launcher) return;
  const diagnostics = new Diagnostics();
  const environment = new Environment(process.env, (problem) => diagnostics.warn(problem));
  const mode = consoleMode(environment, role);
  const telemetry = new ProcessTelemetry(role, mode !== ConsoleMode.Off);
  if (!claimProcess(telemetry)) return;
  if (!isDisabled(environment)) startTelemetry(telemetry, role, diagnostics);
  void startConsole(mode, environment, diagnostics); // never rejects
}

/** According to the specification only `true` is true. */
function isDisabled(environment: Environment): boolean {
  const text = environment.text("OTEL_SDK_DISABLED")?.toLowerCase() ?? "false";
  if (text === "true") return true;
  if (text !== "false") {
    const given = JSON.stringify(text);
    environment.report(`OTEL_SDK_DISABLED must be true or false, not ${given}: using false`);
  }
  return false;
}

function startTelemetry(
  telemetry: ProcessTelemetry,
  role: ProcessRole,
  diagnostics: Diagnostics,
): void {
  if (hasRegisteredSdk()) {
    diagnostics.warn(
      "another OpenTelemetry SDK is registered already: limelight/preload starts nothing",
    );
    return;
  }
  processTaps.status = () => {
    const { metricsBound, ...status } = telemetryStatus();
    return { ...status };
  };
  if (role === ProcessRole.Worker) telemetry.startWithFirstTracer();
  else telemetry.start();
}
