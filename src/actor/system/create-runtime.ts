import { AsyncLocalStorage } from "node:async_hooks";
import type { MeterProvider } from "@opentelemetry/api";
import type { Logger } from "pino";
import { type Clock, DAY_MS, systemClock } from "../../base/clock.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { isInstance } from "../../base/foreign-value.ts";
import { requireName } from "../../base/names.ts";
import { numberOption, optionKeys, requireKnownKeys, requireMethods } from "../../base/options.ts";
import { watchApiCopies } from "../../telemetry/context/api-copies.ts";
import { Carrier } from "../../telemetry/context/carrier.ts";
import { createLogger } from "../../telemetry/logs/logger.ts";
import {
  exportTo,
  globalExport,
  type MetricsExport,
} from "../../telemetry/metrics/metrics-export.ts";
import type { SystemTracing } from "../../telemetry/traces/actor-tracing.ts";
import type { ActorSystem } from "../definition/actor-system.ts";
import { SystemRuntime } from "./system-runtime.ts";

/** Options that apply to all actors of a system. */
export interface RuntimeOptions {
  /** Name for display and errors. Default `main`. */
  readonly name?: string;
  /** Destination of the actors' log lines. Default: JSON on stdout, from `createLogger()`. */
  readonly logger?: Logger;
  /** How long an ask waits for its reply, in milliseconds. Default 5,000. */
  readonly askTimeoutMs?: number;
  /** How long `shutdown()` may take, in milliseconds. Default 10,000. */
  readonly shutdownDeadlineMs?: number;
  /** `false` disables timing and export. Default: the meter provider registered with OpenTelemetry. */
  readonly metrics?: boolean | { readonly meterProvider: MeterProvider };
  /** `false` opens no spans; contexts still propagate. Default: the registered tracer provider. */
  readonly tracing?: boolean | SystemTracing;
  /**
   * AsyncLocalStorages whose stores propagate with messages. The store at the point where a message is sent
   * (asked, told, piped or published), a task is started or a timer is set is also the store of the resulting
   * handler, task or timer. Hooks and state factories belong to no message and see `undefined`; the same
   * applies to all other AsyncLocalStorages in the code of actors. Default: none.
   */
  readonly carry?: readonly AsyncLocalStorage<unknown>[];
  /** Default: the system clock. */
  readonly clock?: Clock;
}

const TRACING_OPTIONS = optionKeys<SystemTracing>({
  rootSampleRatio: true,
  tracerProvider: true,
  sampleUnsampled: true,
});
const CLOCK_METHODS = ["monotonicMs", "epochMs", "schedule"];
const LOGGER_METHODS = ["child", "isLevelEnabled", "debug", "info", "warn", "error"];

/** The runtime of each system, for internal use by other parts of limelight. */
const runtimes = new WeakMap<ActorSystem, SystemRuntime>();

/** Returns the runtime of `value` if it is a system of this copy of limelight. */
export function findRuntime(value: object): SystemRuntime | undefined {
  return runtimes.get(value as ActorSystem);
}

/**
 * Returns the runtime of `system`.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` when it is not a system of this copy of limelight
 */
export function requireRuntime(system: ActorSystem): SystemRuntime {
  const runtime = runtimes.get(system);
  if (runtime !== undefined) return runtime;
  throw new UsageError("this is no system of this copy of limelight", {
    code: ErrorCode.InvalidOption,
  });
}

/**
 * Creates the runtime of a system.
 *
 * @param facade the public object of the system, as returned by `c.system`
 * @throws {@link UsageError} `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`
 */
export function createRuntime(options: RuntimeOptions, facade: ActorSystem): SystemRuntime {
  const { name = "main", tracing = true, metrics = true } = options;
  const { askTimeoutMs, shutdownDeadlineMs } = options;
  requireName("system name", name);
  requireMethods("clock", options.clock, CLOCK_METHODS);
  requireMethods("logger", options.logger, LOGGER_METHODS);
  const limits = { min: 1, max: DAY_MS };
  const runtime = new SystemRuntime({
    facade,
    name,
    shutdownDeadlineMs: numberOption("shutdownDeadlineMs", shutdownDeadlineMs, 10_000, limits),
    clock: options.clock ?? systemClock,
    logger: options.logger ?? createLogger(),
    metrics: chooseExport(metrics),
    tracing: settleTracing(tracing),
    carrier: createCarrier(options.carry),
    askTimeoutMs: numberOption("askTimeoutMs", askTimeoutMs, 5_000, limits),
  });
  runtimes.set(facade, runtime);
  const text = "copies of @opentelemetry/api cannot see each other";
  watchApiCopies(
    (problem) => runtime.warn("telemetry.api_copies", "", problem, text),
    () => runtime.closing,
  );
  return runtime;
}

function chooseExport(metrics: RuntimeOptions["metrics"]): MetricsExport | undefined {
  if (metrics === false) return undefined;
  if (metrics === true || metrics === undefined) return globalExport;
  requireKnownKeys("`metrics` of a system", metrics, ["meterProvider"]);
  const { meterProvider } = metrics;
  if (meterProvider === undefined) throw invalid("`metrics` needs a `meterProvider`");
  requireMethods("metrics.meterProvider", meterProvider, ["getMeter"]);
  return exportTo(meterProvider);
}

function createCarrier(carry: unknown): Carrier | undefined {
  if (carry === undefined) return undefined;
  if (!Array.isArray(carry) || !carry.every((one) => isInstance(one, AsyncLocalStorage))) {
    throw new UsageError("`carry` must be an array of AsyncLocalStorages", {
      code: ErrorCode.InvalidOption,
    });
  }
  return carry.length === 0 ? undefined : new Carrier(carry);
}

function settleTracing(tracing: RuntimeOptions["tracing"]): SystemTracing | undefined {
  if (tracing === false) return undefined;
  if (tracing === true || tracing === undefined) return {};
  const options = tracing;
  requireKnownKeys("`tracing` of a system", options, TRACING_OPTIONS);
  requireMethods("tracing.tracerProvider", options.tracerProvider, ["getTracer"]);
  if (!["undefined", "boolean"].includes(typeof options.sampleUnsampled)) {
    throw invalid("`tracing.sampleUnsampled` must be true or false");
  }
  numberOption("tracing.rootSampleRatio", options.rootSampleRatio, 1, { min: 0, max: 1 });
  return options;
}

function invalid(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.InvalidOption });
}
