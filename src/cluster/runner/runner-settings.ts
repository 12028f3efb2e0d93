import { ErrorCode, UsageError } from "../../base/errors.ts";
import { requireNumber } from "../../base/options.ts";
import { requireLabels, requireMetadata } from "../codec/metadata.ts";
import type { RunnerMetadata, ServedType } from "../protocol/runner-record.ts";

/** Time for a drain, in milliseconds: below the 30 s that Kubernetes leaves a process after SIGTERM. */
const DRAIN_DEADLINE_MS = 25_000;
/** Time for the end of one actor, in milliseconds, unless its type has more. */
const ACTOR_STOP_MS = 10_000;
const HOUR_MS = 3_600_000;
/** A runner id adds a random part to the name, and a consumer's name a prefix to that. */
const NAME = /^[\w-]{1,40}$/;

/** How a process runs actors, as its user says. */
export interface RunnerOptions {
  /** Letters, digits, `-` and `_`, at most 40; the same after a restart. */
  readonly name: string;
  /** Matched by the requirements of types. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** JSON for viewers. Default: none. */
  readonly metadata?: RunnerMetadata;
  /** Actors that it takes. Default: no limit. */
  readonly capacity?: number;
  /** Name of the machine, for viewers. */
  readonly host: string;
  readonly pid: number;
  /** What a type asks of runners. Default: nothing. */
  readonly serve?: (type: string) => ServedType;
  /** Time for a drain, in milliseconds. Default: 25 s. */
  readonly drainMs?: number;
  /** Time for the end of one actor, in milliseconds; never more than `drainMs`. Default: 10 s. */
  readonly stopMs?: number;
  /** Other times for single types, such as those with long handlers (C10). Clamped by `drainMs` as well. */
  readonly stopMsOf?: Readonly<Record<string, number>>;
  /** Returns what the definition of a type says of that, if `stopMsOf` has no time. Default: nothing. */
  readonly stopLimitMs?: (type: string) => number | undefined;
}

/** {@link RunnerOptions} that were checked. */
export interface RunnerSettings {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: RunnerMetadata;
  readonly capacity: number | undefined;
  readonly host: string;
  readonly pid: number;
  readonly serve: (type: string) => ServedType;
  readonly drainMs: number;
  /** How long the end of an actor may take. */
  readonly stopMs: (type: string) => number;
}

/**
 * Checks the options of a runner.
 *
 * @throws UsageError `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`, or ClusterError `ERR_METADATA_INVALID`
 */
export function runnerSettings(options: RunnerOptions): RunnerSettings {
  const { name, labels = {}, metadata = {}, capacity, host, pid, stopMsOf = {} } = options;
  if (!NAME.test(name)) {
    throw new UsageError("name of a runner must be 1 to 40 of A-Z a-z 0-9 _ -", {
      code: ErrorCode.InvalidName,
    });
  }
  const bounds = { min: 0, max: HOUR_MS };
  const drainMs = requireNumber("drainMs", options.drainMs ?? DRAIN_DEADLINE_MS, bounds);
  const stopMs = requireNumber("stopMs", options.stopMs ?? ACTOR_STOP_MS, bounds);
  const ofTypes = new Map(Object.entries(stopMsOf));
  for (const [type, limitMs] of ofTypes) requireNumber(`stopMsOf.${type}`, limitMs, bounds);
  if (capacity !== undefined) {
    requireNumber("capacity", capacity, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  }
  return {
    name,
    labels: requireLabels(labels),
    metadata: requireMetadata(metadata),
    capacity,
    host,
    pid,
    serve: options.serve ?? ((type) => ({ name: type })),
    drainMs,
    stopMs: (type) => Math.min(ofTypes.get(type) ?? options.stopLimitMs?.(type) ?? stopMs, drainMs),
  };
}
