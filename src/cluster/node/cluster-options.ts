import { hostname } from "node:os";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import {
  flagOption,
  numberOption,
  optionKeys,
  requireKnownKeys,
  requireMethods,
} from "../../base/options.ts";
import { requireLabels, requireMetadata } from "../codec/metadata.ts";
import type { Engine } from "../engine/engine.ts";
import { type ClusterTimings, DEFAULT_TIMINGS, timingsFor } from "../protocol/timings.ts";

/** How a process takes part in a cluster: the option `cluster` of `createSystem`. */
export interface ClusterOptions {
  /**
   * Name of the process, for people: 1 to 40 of `A-Z a-z 0-9 _ -`. The same after a restart; several processes may have it.
   * Default: the name of the host.
   */
  readonly name?: string;
  /** Whether the process only calls actors, and runs none. Default `false`. */
  readonly client?: boolean;
  /** Keyed actors that the process takes at a time. Further ones start on others, or wait. Default: unlimited. */
  readonly capacity?: number;
  /** What types may require of the processes that run them, such as `{ zone: "a" }`. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Anything that is JSON, at most 16 KiB, for viewers. Default: nothing. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /**
   * How long a process that is not heard of keeps its actors, in milliseconds, 1,000 to 600,000; they start elsewhere then.
   * The same in all processes of a cluster. Default 15,000.
   */
  readonly leaseTtlMs?: number;
  /**
   * Whether the process may become the coordinator, which decides where actors run. At least one process must be able to.
   * Default: `true`, unless it is a client.
   */
  readonly coordinator?: boolean;
  /** Whether the coordinator may move idle actors to even out the load. Default `true`. */
  readonly rebalance?: boolean;
}

/** {@link ClusterOptions} with all defaults. */
export interface ClusterSettings {
  readonly engine: Engine;
  readonly name: string;
  readonly isClient: boolean;
  readonly capacity: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly timings: ClusterTimings;
  readonly isCandidate: boolean;
  readonly rebalances: boolean;
}

const OPTIONS = optionKeys<ClusterOptions>({
  name: true,
  client: true,
  capacity: true,
  labels: true,
  metadata: true,
  leaseTtlMs: true,
  coordinator: true,
  rebalance: true,
});
const NAME = /^[\w-]{1,40}$/;
const MAX_NAME = 40;
const MAX_CAPACITY = 1_000_000_000;
const LEASE_TTL = { min: 1_000, max: 600_000, integer: true };

/** What `createSystem` is given. */
export interface ClusterInput {
  readonly engine?: Engine | undefined;
  readonly cluster?: ClusterOptions | undefined;
  readonly store?: unknown;
}

/**
 * Returns how a system takes part in a cluster; `undefined` if it does not.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 * @throws {@link ClusterError} `ERR_METADATA_INVALID`
 */
export function settleCluster(input: ClusterInput): ClusterSettings | undefined {
  const { engine, cluster = {} } = input;
  if (engine === undefined) {
    if (input.cluster === undefined) return undefined;
    throw invalid("`cluster` needs an `engine`");
  }
  requireMethods("engine", engine, ["open"]);
  if (input.store !== undefined) {
    throw invalid("`store` and `engine` cannot be used together: an engine has its own store");
  }
  requireKnownKeys("`cluster`", cluster, OPTIONS);
  const isClient = flagOption("cluster.client", cluster.client, false);
  const isCandidate = flagOption("cluster.coordinator", cluster.coordinator, !isClient);
  const { capacity, leaseTtlMs, labels = {}, metadata = {} } = cluster;
  return {
    engine,
    name: nameOption(cluster.name),
    isClient,
    capacity:
      capacity === undefined
        ? undefined
        : numberOption("cluster.capacity", capacity, 0, {
            min: 1,
            max: MAX_CAPACITY,
            integer: true,
          }),
    labels: requireLabels(labels, "cluster.labels"),
    metadata: requireMetadata(metadata, "cluster.metadata"),
    timings: timingsFor(
      numberOption("cluster.leaseTtlMs", leaseTtlMs, DEFAULT_TIMINGS.leaseTtlMs, LEASE_TTL),
    ),
    isCandidate,
    rebalances: flagOption("cluster.rebalance", cluster.rebalance, true),
  };
}

function nameOption(name: string | undefined): string {
  if (name === undefined) {
    const derived = hostname()
      .replaceAll(/[^\w-]/g, "-")
      .slice(0, MAX_NAME);
    return derived === "" ? "node" : derived;
  }
  if (typeof name === "string" && NAME.test(name)) return name;
  throw invalid("`cluster.name` must be 1 to 40 of A-Z a-z 0-9 _ -");
}

function invalid(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.InvalidOption });
}
