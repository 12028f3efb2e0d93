import { ProxyTracerProvider, type Tracer, type TracerOptions } from "@opentelemetry/api";
import { systemClock } from "../base/clock.ts";
import { ErrorCode, LimelightError } from "../base/errors.ts";
import { missingPackage } from "../base/node/missing-package.ts";
import { ApiRegistration } from "./api/api-registration.ts";
import { withVariables } from "./configured-variables.ts";
import { createDiagnostics, type Diagnostics } from "./diagnostics.ts";
import { Environment } from "./environment.ts";
import { hasInstrumentations } from "./instrumentation/instrumentations.ts";
import { flushAtExit } from "./process/exit-flush.ts";
import { ProcessRole } from "./process/process-role.ts";
import { SignalFlush } from "./process/signal-flush.ts";
import { reportLogs } from "./standard-variables.ts";
import { startSdk } from "./start-sdk.ts";
import type { Telemetry } from "./telemetry.ts";
import type { StopTelemetryOptions, TelemetryControl } from "./telemetry-control.ts";
import {
  idleStatus,
  NOTHING_STOPPED,
  type StopReport,
  TelemetryState,
  type TelemetryStatus,
} from "./telemetry-status.ts";

const DEFAULT_DEADLINE_MS = 2_000;
const MAX_DEADLINE_MS = 3_600_000;

/** Parameters of {@link ProcessTelemetry}. */
export interface ProcessTelemetryParts {
  readonly role: ProcessRole;
  /** Whether a console displays spans, even where they are not exported. */
  readonly watched: boolean;
  /** The variables that telemetry is set up from: those of the process, or of a configuration file. */
  readonly variables: NodeJS.ProcessEnv;
}

/** The telemetry of this process or thread, from the preload to its end. */
export class ProcessTelemetry implements TelemetryControl {
  readonly #role: ProcessRole;
  readonly #watched: boolean;
  readonly #variables: NodeJS.ProcessEnv;
  #telemetry: Telemetry | undefined;
  #signals: SignalFlush | undefined;
  #registration: ApiRegistration | undefined;
  #deadlineMs = DEFAULT_DEADLINE_MS;
  #state: typeof TelemetryState.Off | typeof TelemetryState.Waiting = TelemetryState.Off;

  constructor({ role, watched, variables }: ProcessTelemetryParts) {
    this.#role = role;
    this.#watched = watched;
    this.#variables = variables;
  }

  /** Starts the SDK. Never throws: on failure the application runs without telemetry. */
  start(): void {
    this.#state = TelemetryState.Off;
    const variables = this.#variables;
    const diagnostics = createDiagnostics(variables);
    const environment = new Environment(variables, (problem) => diagnostics.warn(problem));
    const limits = { min: 0, max: MAX_DEADLINE_MS };
    const variable = "LIMELIGHT_SHUTDOWN_DEADLINE_MS";
    const deadlineMs = environment.number(variable, DEFAULT_DEADLINE_MS, limits);
    this.#deadlineMs = deadlineMs;
    try {
      withVariables(variables, () => this.#start(environment, diagnostics, deadlineMs));
    } catch (error) {
      diagnostics.error("telemetry did not start", explain(error));
    }
  }

  #start(environment: Environment, diagnostics: Diagnostics, deadlineMs: number): void {
    const role = this.#role;
    const watched = this.#watched;
    const present = hasInstrumentations();
    const registration = this.#registration ?? new ApiRegistration();
    registration.register({ diag: diagnostics });
    const parts = { clock: systemClock, diagnostics, environment, role, watched, registration };
    const telemetry = startSdk(parts);
    flushAtExit({ telemetry, diagnostics, deadlineMs });
    const instrumented =
      role !== ProcessRole.Worker && telemetry.instrument({ environment, diagnostics, present });
    reportLogs(environment, instrumented);
    if (role !== ProcessRole.Worker) {
      this.#signals = new SignalFlush({ telemetry, diagnostics, deadlineMs });
    }
    this.#telemetry = telemetry;
  }

  /**
   * Starts the SDK when a tracer is first requested, as every actor system does. Loading it takes time and
   * memory, a cost that a worker thread which only writes log lines should not have.
   */
  startWithFirstTracer(): void {
    this.#state = TelemetryState.Waiting;
    const getTracer = (name: string, version?: string, options?: TracerOptions): Tracer => {
      if (this.#state === TelemetryState.Waiting) this.start();
      const provider = this.#telemetry?.tracerProvider ?? new ProxyTracerProvider();
      return provider.getTracer(name, version, options);
    };
    this.#registration = new ApiRegistration();
    this.#registration.register({ trace: { getTracer } });
  }

  status(): TelemetryStatus {
    return this.#telemetry?.status() ?? idleStatus(this.#state, this.#role);
  }

  stop(options: StopTelemetryOptions): Promise<StopReport> {
    const { deadlineMs = this.#deadlineMs } = options;
    const telemetry = this.#telemetry;
    if (telemetry === undefined) return Promise.resolve(NOTHING_STOPPED);
    const fits = deadlineMs >= 0 && deadlineMs <= MAX_DEADLINE_MS;
    const stopped = telemetry.stop(fits ? deadlineMs : this.#deadlineMs);
    // Once stopped, there is nothing to flush on a signal.
    void stopped.then(() => this.#signals?.[Symbol.dispose]());
    return stopped;
  }
}

/** Names the remedy where a package is missing, as in a bundle that runs without `node_modules`. */
function explain(error: unknown): unknown {
  const name = missingPackage(error);
  if (name === undefined) return error;
  const remedy =
    "keep limelight out of bundles (esbuild: --packages=external), or install the package";
  const message = `the preload cannot load ${name}: ${remedy}`;
  return new LimelightError(message, { code: ErrorCode.PackageMissing, cause: error });
}
