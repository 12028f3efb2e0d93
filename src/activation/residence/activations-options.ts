import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { numberOption } from "../../base/options.ts";
import type { Store } from "../../store/contract/store.ts";
import type { ResidentLimits } from "./residents.ts";

/** Options of the keyed actors of a system. */
export interface ActivationsOptions {
  /** Where states are stored. Default: in memory. It serves one system, which closes it. */
  readonly store?: Store | undefined;
  /** Keys in memory at a time. Default: unlimited. */
  readonly maxResident?: number | undefined;
  /** Keys that may wait for others to leave. Default 10,000. */
  readonly maxWaitingKeys?: number | undefined;
}

const MAX_WAITING_KEYS = 10_000;
/** @throws UsageError `ERR_INVALID_OPTION` */
export function limitsOf(options: ActivationsOptions): ResidentLimits {
  const limits = { min: 1, max: Number.POSITIVE_INFINITY };
  const { maxResident, maxWaitingKeys } = options;
  return {
    maxResident: numberOption("maxResident", maxResident, Number.POSITIVE_INFINITY, limits),
    maxWaitingKeys: numberOption("maxWaitingKeys", maxWaitingKeys, MAX_WAITING_KEYS, limits),
  };
}

/** The error of what waits while the system closes. */
export function closingError({ name }: SystemRuntime): LimelightError {
  return new LimelightError(`system ${name} is shut down`, { code: ErrorCode.SystemStopped });
}
