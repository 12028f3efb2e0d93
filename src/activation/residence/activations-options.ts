import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { DAY_MS } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { numberOption } from "../../base/options.ts";
import type { Store } from "../../store/contract/store.ts";
import type { SaveQueues } from "../activation/activation-writer.ts";
import { CommitWatch } from "../commit/commit-watch.ts";
import { SaveInterval } from "../commit/save-interval.ts";
import { SaveRound } from "../commit/save-round.ts";
import type { ResidentLimits } from "./residents.ts";

/** Options of the keyed actors of a system. */
export interface ActivationsOptions {
  /** Where states are stored. Default: in memory. It serves one system, which closes it. */
  readonly store?: Store | undefined;
  /** Keys in memory at a time. Default: unlimited. */
  readonly maxResident?: number | undefined;
  /** Keys that may wait for others to leave. Default 10,000. */
  readonly maxWaitingKeys?: number | undefined;
  /** A commit that takes longer is reported, in milliseconds. Default 5,000. */
  readonly slowSaveMs?: number | undefined;
  /** How long the answer of a commit is waited for, in milliseconds. Default 30,000. */
  readonly saveDeadlineMs?: number | undefined;
}

const MAX_WAITING_KEYS = 10_000;
const SLOW_SAVE_MS = 5_000;
const SAVE_DEADLINE_MS = 30_000;

/** @throws UsageError `ERR_INVALID_OPTION` */
export function limitsOf(options: ActivationsOptions): ResidentLimits {
  const limits = { min: 1, max: Number.POSITIVE_INFINITY };
  const { maxResident, maxWaitingKeys } = options;
  return {
    maxResident: numberOption("maxResident", maxResident, Number.POSITIVE_INFINITY, limits),
    maxWaitingKeys: numberOption("maxWaitingKeys", maxWaitingKeys, MAX_WAITING_KEYS, limits),
  };
}

/**
 * Returns where the activations of a system meet to be stored.
 *
 * @throws UsageError `ERR_INVALID_OPTION`
 */
export function saveQueuesOf(system: SystemRuntime, options: ActivationsOptions): SaveQueues {
  const { slowSaveMs, saveDeadlineMs } = options;
  const [min, max] = [1, Number.POSITIVE_INFINITY];
  const limits = {
    slowSaveMs: numberOption("slowSaveMs", slowSaveMs, SLOW_SAVE_MS, { min, max: DAY_MS }),
    saveDeadlineMs: numberOption("saveDeadlineMs", saveDeadlineMs, SAVE_DEADLINE_MS, { min, max }),
  };
  const onFault = (error: unknown): void => system.reportFault(error, undefined);
  return {
    round: new SaveRound(onFault),
    interval: new SaveInterval(system.clock, onFault),
    watch: new CommitWatch(system.clock, limits, onFault),
  };
}

/** The error of what waits while the system closes. */
export function closingError({ name }: SystemRuntime): LimelightError {
  return new LimelightError(`system ${name} is shut down`, { code: ErrorCode.SystemStopped });
}
