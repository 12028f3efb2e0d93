import { ClusterError, ErrorCode, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";
import { ApiCode, ApiFailure, FailureKind, isTransient, toStoreError } from "./api-failure.ts";
import { Attempts, type AttemptsParts } from "./attempts.ts";
import { StreamKind } from "./home.ts";
import type { JetStreamApi } from "./jetstream-api.ts";

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

const SECOND_NS = 1_000_000_000;
/** Repetitions of a write of the index are dropped for this long; they end after a few seconds. */
const DUPLICATES_NS = 60 * SECOND_NS;
/** Servers from 2.15 on allow 1,000 unless it is set, and each process that lists keys has one. */
const MAX_CONSUMERS = 100_000;

type StreamConfig = Readonly<Record<string, unknown>>;

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
    duplicate_window: DUPLICATES_NS,
  };
}

/** Settings that make records safe. What the server says of them must be what was asked for. */
const CHECKED = [
  "subjects",
  "retention",
  "storage",
  "num_replicas",
  "max_msgs_per_subject",
  "max_msgs",
  "max_age",
  "discard",
] as const;

/**
 * Creates the streams of a store, or checks those that are there.
 *
 * @throws {@link ClusterError} `ERR_ENGINE_CONFIG` when a stream is not what is needed
 * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`, `ERR_STORE_FULL`
 */
export async function ensureStreams(
  api: JetStreamApi,
  names: StreamNames,
  limits: StreamLimits,
  parts: AttemptsParts,
): Promise<void> {
  for (const kind of Object.values(StreamKind)) {
    const name = streamOf(names, kind);
    const wanted = configOf(name, [`${names.prefix}${kind}.>`], limits);
    requireSame(wanted, await ensure(api, name, wanted, new Attempts(parts)));
  }
}

async function ensure(
  api: JetStreamApi,
  name: string,
  wanted: StreamConfig,
  attempts: Attempts,
): Promise<StreamConfig> {
  for (;;) {
    try {
      return await infoOrCreate(api, name, wanted, attempts.timeoutMs);
    } catch (thrown) {
      if (!(thrown instanceof ApiFailure)) throw thrown;
      if (isTransient(thrown) && (await attempts.another())) continue;
      throw toStoreError(thrown, name);
    }
  }
}

/** A stream that exists is not created again: it may have been given limits by its operator. */
async function infoOrCreate(
  api: JetStreamApi,
  name: string,
  wanted: StreamConfig,
  timeoutMs: number,
): Promise<StreamConfig> {
  try {
    return (await api.call<{ config: StreamConfig }>(`STREAM.INFO.${name}`, {}, timeoutMs)).config;
  } catch (thrown) {
    if (!hasCode(thrown, ApiCode.StreamNotFound)) throw thrown;
  }
  try {
    const created = await api.call<{ config: StreamConfig }>(
      `STREAM.CREATE.${name}`,
      wanted,
      timeoutMs,
    );
    return created.config;
  } catch (thrown) {
    if (!hasCode(thrown, ApiCode.StreamNameInUse)) throw thrown;
    // Another process has created it meanwhile.
    return (await api.call<{ config: StreamConfig }>(`STREAM.INFO.${name}`, {}, timeoutMs)).config;
  }
}

function hasCode(thrown: unknown, code: number): boolean {
  return (
    thrown instanceof ApiFailure && thrown.kind === FailureKind.Refused && thrown.code === code
  );
}

function requireSame(wanted: StreamConfig, echoed: StreamConfig): void {
  for (const setting of CHECKED) {
    const [asked, got] = [JSON.stringify(wanted[setting]), JSON.stringify(echoed[setting])];
    if (asked === got) continue;
    throw new ClusterError(
      `stream ${String(wanted["name"])} has ${setting} ${got}; limelight needs ${asked}`,
      { code: ErrorCode.EngineConfig },
    );
  }
}
