import { processTaps } from "../telemetry/process-taps.ts";
import { hasRegisteredSdk } from "./api/api-registration.ts";
import { configuredVariables } from "./configured-variables.ts";
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
  const variables = configure(diagnostics);
  const watched = mode !== ConsoleMode.Off;
  const telemetry = new ProcessTelemetry({ role, watched, variables: variables ?? {} });
  if (!claimProcess(telemetry)) return;
  if (variables !== undefined && !isDisabled(variables, diagnostics)) {
    startTelemetry(telemetry, role, diagnostics);
  }
  void startConsole(mode, environment, diagnostics); // never rejects
}

/** Returns the variables to follow, or `undefined` when they are in a file that cannot be followed. */
function configure(diagnostics: Diagnostics): NodeJS.ProcessEnv | undefined {
  try {
    const { variables, replaced } = configuredVariables(process.env);
    if (replaced.length > 0) {
      diagnostics.report("variables are not followed: OTEL_CONFIG_FILE is set", { replaced });
    }
    return variables;
  } catch (error) {
    diagnostics.error("telemetry did not start", error);
    return undefined;
  }
}

/** According to the specification only `true` is true. */
function isDisabled(variables: NodeJS.ProcessEnv, diagnostics: Diagnostics): boolean {
  const environment = new Environment(variables, (problem) => diagnostics.warn(problem));
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
