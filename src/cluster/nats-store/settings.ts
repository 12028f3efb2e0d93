import { type Clock, systemClock } from "../../base/clock.ts";
import { numberOption, optionKeys, requireKnownKeys } from "../../base/options.ts";
import { maxValueBytesOption } from "../../store/contract/limits.ts";
import type { EngineFault } from "../engine/engine.ts";
import { type StreamLimits, type StreamNames, streamNames } from "./streams.ts";

/** Settings of a store on NATS. */
export interface NatsStoreSettings {
  /** Separates what is stored from that of others on the same server: 1 to 64 letters, digits, `-` and `_`. */
  readonly namespace: string;
  /** Copies of each stream. Default 1. Existing streams must have as many. */
  readonly replicas?: number;
  /** Longest wait for one answer of the server, in milliseconds. Default 2,000. A call repeats requests for 5,000 ms. */
  readonly requestTimeoutMs?: number;
  /** Maximum size of a value, in bytes. Default 8 MiB. All records of an actor must fit into one message of the server. */
  readonly maxValueBytes?: number;
  /** Maximum size of each of the two streams, in bytes, when they are created. Default: that of the server. */
  readonly maxStreamBytes?: number;
  /** Maximum number of due times and expiries that listings keep in memory. Beyond it they read names from the server. Default 500,000. */
  readonly maxIndexKeys?: number;
  /**
   * Called with faults that no call is told of: `index_renewed`, `index_too_large`, `index_entry_left`, `sweep_failed`,
   * `removals_dropped`. Must not throw. Default: they have no effect.
   */
  readonly onFault?: (fault: EngineFault) => void;
  /** Default: the clock of the system. */
  readonly clock?: Clock;
  /** Returns a number from 0 to below 1. Default `Math.random`. */
  readonly luck?: () => number;
}

const SETTINGS = optionKeys<NatsStoreSettings>({
  namespace: true,
  replicas: true,
  requestTimeoutMs: true,
  maxValueBytes: true,
  maxStreamBytes: true,
  maxIndexKeys: true,
  onFault: true,
  clock: true,
  luck: true,
});

const DEFAULT_TIMEOUT_MS = 2_000;
const MAX_TIMEOUT_MS = 60_000;
const DEFAULT_INDEX_KEYS = 500_000;
const MAX_REPLICAS = 5;

const COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true };

/** Settings that were checked, with their defaults. */
export interface StoreSettings {
  readonly names: StreamNames;
  readonly limits: StreamLimits;
  readonly requestTimeoutMs: number;
  readonly maxValueBytes: number;
  readonly maxKeys: number;
  readonly onFault: (fault: EngineFault) => void;
  readonly clock: Clock;
  readonly luck: () => number;
}

/**
 * Checks settings and fills in their defaults.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function acceptSettings(given: NatsStoreSettings): StoreSettings {
  requireKnownKeys("NatsStore", given, SETTINGS);
  const { clock = systemClock, luck = Math.random, onFault = ignored } = given;
  const { replicas, maxStreamBytes, requestTimeoutMs, maxIndexKeys } = given;
  const timeout = { min: 1, max: MAX_TIMEOUT_MS };
  return {
    names: streamNames(given.namespace),
    limits: {
      replicas: numberOption("replicas", replicas, 1, { ...COUNT, max: MAX_REPLICAS }),
      maxBytes: numberOption("maxStreamBytes", maxStreamBytes, -1, { ...COUNT, min: -1 }),
    },
    requestTimeoutMs: numberOption(
      "requestTimeoutMs",
      requestTimeoutMs,
      DEFAULT_TIMEOUT_MS,
      timeout,
    ),
    maxValueBytes: maxValueBytesOption(given.maxValueBytes),
    maxKeys: numberOption("maxIndexKeys", maxIndexKeys, DEFAULT_INDEX_KEYS, COUNT),
    onFault,
    clock,
    luck,
  };
}

function ignored(): void {}
