import { ErrorCode, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";
import { type EnsureParts, ensureStream, type StreamConfig } from "../nats-client/ensure-stream.ts";
import { toNanos } from "../nats-client/nanos.ts";
import { StreamKind } from "./home.ts";

/** Names of what a store has in its namespace. */
export interface StreamNames {
  /** What all subjects begin with, with a dot at its end. */
  readonly prefix: string;
  readonly records: string;
  readonly index: string;
}

const NAMESPACE = /^[\w-]{1,64}$/;

/**
 * Returns the names of a namespace.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function streamNames(namespace: string): StreamNames {
  if (typeof namespace !== "string" || !NAMESPACE.test(namespace)) {
    throw new UsageError(
      `\`namespace\` must be 1 to 64 letters, digits, "-" and "_", not ${quote(String(namespace))}`,
      { code: ErrorCode.InvalidOption },
    );
  }
  return {
    prefix: `ll.${namespace}.`,
    records: `LL_${namespace}_RECORDS`,
    index: `LL_${namespace}_INDEX`,
  };
}

/** Returns the name of a stream. */
export function streamOf(names: StreamNames, kind: StreamKind): string {
  switch (kind) {
    case StreamKind.Records:
      return names.records;
    case StreamKind.Index:
      return names.index;
  }
}

/** Bounds of the streams. */
export interface StreamLimits {
  readonly replicas: number;
  /** Maximum size of each stream on disk, in bytes; -1 for none but that of the server. */
  readonly maxBytes: number;
}

/** Repetitions of a write of the index are dropped for this long; they end after a few seconds. */
const DUPLICATES_MS = 60_000;
/** Servers from 2.15 on allow 1,000 unless it is set, and each process that lists keys has one. */
const MAX_CONSUMERS = 100_000;

function configOf(
  name: string,
  subjects: readonly string[],
  { replicas, maxBytes }: StreamLimits,
): StreamConfig {
  return {
    name,
    subjects,
    retention: "limits",
    storage: "file",
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    max_msgs: -1,
    max_bytes: maxBytes,
    max_age: 0,
    max_msg_size: -1,
    max_consumers: MAX_CONSUMERS,
    // A stream that is full must refuse writes, not drop records.
    discard: "new",
    duplicate_window: toNanos(DUPLICATES_MS),
    deny_delete: false,
    deny_purge: false,
    allow_rollup_hdrs: false,
  };
}

/** Bounds that an operator may have changed. All other settings make records safe. */
export const CHANGEABLE: ReadonlySet<string> = new Set([
  "max_bytes",
  "max_msg_size",
  "max_consumers",
  "duplicate_window",
]);

/** Returns the streams of a store, as they are created and compared. */
export function recordStreams(names: StreamNames, limits: StreamLimits): readonly StreamConfig[] {
  return Object.values(StreamKind).map((kind) =>
    configOf(streamOf(names, kind), [`${names.prefix}${kind}.>`], limits),
  );
}

/**
 * Creates the streams of a store, or checks those that are there.
 *
 * @throws {@link ClusterError} `ERR_ENGINE_CONFIG` when a stream is not what is needed; `ERR_ENGINE_UNAVAILABLE`
 */
export async function ensureStreams(
  names: StreamNames,
  limits: StreamLimits,
  parts: EnsureParts,
): Promise<void> {
  for (const wanted of recordStreams(names, limits)) {
    await ensureStream(wanted, { ...parts, ignored: CHANGEABLE });
  }
}
