import { choiceOption, numberOption, optionKeys, requireKnownKeys } from "../base/options.ts";
import { OnDeadlock } from "./waits/deadlocks.ts";

/** Options of a system's monitor. */
export interface MonitorOptions {
  /** How long a stopped actor stays in snapshots while they are being taken, in ms. Default 5,000. */
  readonly graveWindowMs?: number;
}

/** Options of a system for its monitor. */
export interface MonitoringOptions {
  /**
   * Action on actors that wait for each other: `report` (default) reports them; `reject` also rejects the
   * latest of their asks with `ERR_DEADLOCK`, so that they continue.
   */
  readonly onDeadlock?: OnDeadlock;
  /** `false` disables periodic checks; snapshots can still be taken. Default: checks are on. */
  readonly monitor?: boolean | MonitorOptions;
}

/** {@link MonitoringOptions}, checked and with defaults filled in. */
export interface MonitorSettings {
  readonly onDeadlock: OnDeadlock;
  readonly graveWindowMs: number;
  /** Whether the system is checked periodically. Snapshots do not depend on it. */
  readonly watching: boolean;
}

const MONITOR_OPTIONS = optionKeys<MonitorOptions>({ graveWindowMs: true });
const HOUR_MS = 3_600_000;

/**
 * Checks the options of a monitor and fills in defaults.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function settleMonitor({ onDeadlock, monitor = true }: MonitoringOptions): MonitorSettings {
  const options = typeof monitor === "boolean" ? {} : monitor;
  requireKnownKeys("`monitor` of a system", options, MONITOR_OPTIONS);
  const { graveWindowMs } = options;
  const choices = Object.values(OnDeadlock);
  const limits = { min: 0, max: HOUR_MS };
  return {
    onDeadlock: choiceOption("onDeadlock", onDeadlock, OnDeadlock.Report, choices),
    graveWindowMs: numberOption("graveWindowMs", graveWindowMs, 5_000, limits),
    watching: monitor !== false,
  };
}
