import type { Logger } from "pino";
import { type Clock, DAY_MS, systemClock } from "../base/clock.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { requireName } from "../base/names.ts";
import {
  numberOption,
  optionKeys,
  requireFunction,
  requireKnownKeys,
  requireMethods,
} from "../base/options.ts";
import type { MonitoredSystem } from "../monitor/monitored-system.ts";
import { createLogger } from "../telemetry/logs/logger.ts";

/**
 * Checks a dependency. It fails when it throws, rejects, returns or resolves with `false`, or takes too long.
 * The signal is aborted when its time is over.
 */
export type HealthCheck = (signal: AbortSignal) => unknown;

/** A check with options of its own. */
export interface HealthCheckOptions {
  readonly check: HealthCheck;
  /** Default: that of {@link HealthOptions}. */
  readonly timeoutMs?: number;
  /** Whether a failure makes the process not ready. Default `true`; with `false` it is degraded. */
  readonly required?: boolean;
}

/** What is read of a system. */
export type HealthSource = Pick<MonitoredSystem, "name" | "health">;

/** Options of `createHealth`. */
export interface HealthOptions {
  /** Systems that must be open for the process to be ready, and whose dispatchers must make progress. */
  readonly systems?: readonly HealthSource[];
  /** Checks of dependencies, by name. They decide about readiness, never about liveness. */
  readonly checks?: Readonly<Record<string, HealthCheck | HealthCheckOptions>>;
  /**
   * How long a check may take, in milliseconds. Default 800, because a Kubernetes probe gives up after
   * 1,000 by default.
   */
  readonly timeoutMs?: number;
  /** For how long the result of a check is reused, in milliseconds. Default 1,000. */
  readonly cacheMs?: number;
  /** Delay of a dispatcher at which the process counts as dead, in milliseconds. Default 30,000. */
  readonly stalledAfterMs?: number;
  /** Writes a line when the status of a check changes. Default: `createLogger()`. */
  readonly logger?: Pick<Logger, "info" | "warn">;
  /** Time of checks and their results. Default: the machine's. */
  readonly clock?: Clock;
}

/** A check, with its defaults filled in. */
export interface CheckSettings {
  readonly name: string;
  readonly check: HealthCheck;
  readonly timeoutMs: number;
  readonly required: boolean;
}

/** {@link HealthOptions}, checked and with defaults filled in. */
export interface HealthSettings {
  /** The systems by the name of their check. */
  readonly systems: ReadonlyMap<string, HealthSource>;
  readonly checks: readonly CheckSettings[];
  readonly cacheMs: number;
  readonly stalledAfterMs: number;
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly clock: Clock;
}

const OPTIONS = optionKeys<HealthOptions>({
  systems: true,
  checks: true,
  timeoutMs: true,
  cacheMs: true,
  stalledAfterMs: true,
  logger: true,
  clock: true,
});
const CHECK_OPTIONS = optionKeys<HealthCheckOptions>({
  check: true,
  timeoutMs: true,
  required: true,
});
const MAX_CHECKS = 100;
const DEFAULT_TIMEOUT_MS = 800;
const TIMEOUT = { min: 1, max: DAY_MS };
const CACHE = { min: 0, max: DAY_MS };
const SYSTEM_PREFIX = "system.";
/** Names of checks that are always there. */
const OWN_CHECKS: readonly string[] = ["drain", "event-loop"];

/**
 * Returns the checked options with defaults filled in.
 *
 * @throws UsageError `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
 */
export function settleHealth(options: HealthOptions): HealthSettings {
  requireKnownKeys("`createHealth`", options, OPTIONS);
  requireMethods("logger", options.logger, ["info", "warn"]);
  requireMethods("clock", options.clock, ["monotonicMs", "schedule"]);
  const timeoutMs = numberOption("timeoutMs", options.timeoutMs, DEFAULT_TIMEOUT_MS, TIMEOUT);
  return {
    systems: namedSystems(options.systems ?? []),
    checks: settleChecks(options.checks ?? {}, timeoutMs),
    cacheMs: numberOption("cacheMs", options.cacheMs, 1_000, CACHE),
    stalledAfterMs: numberOption("stalledAfterMs", options.stalledAfterMs, 30_000, TIMEOUT),
    logger: options.logger ?? createLogger(),
    clock: options.clock ?? systemClock,
  };
}

function namedSystems(systems: unknown): ReadonlyMap<string, HealthSource> {
  if (!Array.isArray(systems)) throw invalid("`systems` must be an array of systems");
  const named = new Map<string, HealthSource>();
  for (const system of systems) {
    requireMethods("systems", system ?? null, ["health"]);
    const { name } = system;
    requireName("system", name);
    let unique = `${SYSTEM_PREFIX}${name}`;
    for (let copy = 2; named.has(unique); copy += 1) unique = `${SYSTEM_PREFIX}${name}.${copy}`;
    named.set(unique, system);
  }
  return named;
}

function settleChecks(
  checks: Readonly<Record<string, HealthCheck | HealthCheckOptions>>,
  timeoutMs: number,
): readonly CheckSettings[] {
  // The entries of a map are no properties: none of its checks would run.
  if (typeof checks !== "object" || checks === null || Symbol.iterator in checks) {
    throw invalid("`checks` must be an object with a check per name");
  }
  const entries = Object.entries(checks);
  if (entries.length > MAX_CHECKS) throw invalid(`\`checks\` must hold at most ${MAX_CHECKS}`);
  return entries.map(([name, given]) => {
    requireName("health check", name);
    if (name.startsWith(SYSTEM_PREFIX) || OWN_CHECKS.includes(name)) {
      throw invalid(`the name ${name} is that of a built-in check`);
    }
    const own: HealthCheckOptions = typeof given === "function" ? { check: given } : given;
    requireKnownKeys(`check ${name}`, own ?? null, CHECK_OPTIONS);
    requireFunction(`check ${name}`, own.check ?? null);
    const { required = true } = own;
    if (typeof required !== "boolean") throw invalid(`\`required\` of ${name} must be a boolean`);
    return {
      name,
      check: own.check,
      timeoutMs: numberOption(`timeoutMs of ${name}`, own.timeoutMs, timeoutMs, TIMEOUT),
      required,
    };
  });
}

function invalid(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.InvalidOption });
}
