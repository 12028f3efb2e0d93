import type { StreamConfig } from "../nats-client/ensure-stream.ts";
import { toNanos } from "../nats-client/nanos.ts";
import type { NatsSettings } from "../nats-client/nats-options.ts";

/** The streams of a cluster. */
export interface StreamPlan {
  readonly commands: StreamConfig;
  readonly events: StreamConfig;
  readonly deadLetters: StreamConfig;
  readonly placements: StreamConfig;
  readonly runners: StreamConfig;
  readonly leases: StreamConfig;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Two messages of a log with the same id within this time are one. */
const DUPLICATE_WINDOW_MS = 2 * MINUTE_MS;
/** A back-stop: commands and events are deleted when they are acknowledged. */
const COMMAND_AGE_MS = DAY_MS;
const EVENT_AGE_MS = 7 * DAY_MS;
const DEAD_LETTER_AGE_MS = 14 * DAY_MS;
const MAX_DEAD_LETTERS = 10_000;
/** Messages that wait for one actor. */
const MAX_OF_SUBJECT = 256;
/** Of any stream, with its headers. The server's own limit, `max_payload`, may be lower. */
export const MAX_MESSAGE_BYTES: number = 1024 * 1024;
/**
 * Consumers of a stream, watches included. Without a value of its own a stream gets 1,000, which the runners of a large
 * cluster exceed.
 */
const MAX_CONSUMERS = 10_000;
/** Records of runners and leases are few and small. */
const SMALL_BYTES = 64 * 1024 * 1024;
const UNLIMITED = -1;
const FOR_EVER = 0;

/** Subject of a log, without the tokens of the message. */
export function logPrefix(namespace: string, log: string): string {
  return `ll.${namespace}.${log}`;
}

/** Subject of a key, without its tokens. */
export function keyPrefix(bucket: string): string {
  return `$KV.${bucket}`;
}

/** Returns the streams of a cluster, as they are created and compared. */
export function planStreams(
  { namespace, replicas, maxStreamBytes }: NatsSettings,
  leaseTtlMs: number,
): StreamPlan {
  const log = (token: string, ageMs: number): StreamConfig => ({
    ...COMMON,
    name: `LL_${namespace}_${token.toUpperCase()}`,
    subjects: [`${logPrefix(namespace, token)}.>`],
    retention: "workqueue",
    max_msgs_per_subject: UNLIMITED,
    max_bytes: maxStreamBytes,
    max_age: toNanos(ageMs),
    num_replicas: replicas,
  });
  const bounded = {
    discard: "new",
    discard_new_per_subject: true,
    max_msgs_per_subject: MAX_OF_SUBJECT,
  } as const;
  const bucket = (name: string, maxBytes: number): StreamConfig => {
    const whole = `ll_${namespace}_${name}`;
    return {
      ...COMMON,
      name: `KV_${whole}`,
      subjects: [`${keyPrefix(whole)}.>`],
      retention: "limits",
      max_msgs_per_subject: 1,
      max_bytes: maxBytes,
      max_age: FOR_EVER,
      num_replicas: replicas,
    };
  };
  return {
    commands: { ...log("cmd", COMMAND_AGE_MS), ...bounded },
    events: { ...log("evt", EVENT_AGE_MS), ...bounded },
    deadLetters: { ...log("dlq", DEAD_LETTER_AGE_MS), max_msgs: MAX_DEAD_LETTERS, discard: "old" },
    placements: bucket("placements", maxStreamBytes),
    runners: bucket("runners", SMALL_BYTES),
    leases: {
      ...bucket("leases", SMALL_BYTES),
      max_age: toNanos(leaseTtlMs),
      duplicate_window: toNanos(Math.min(DUPLICATE_WINDOW_MS, leaseTtlMs)),
    },
  };
}

const COMMON = {
  storage: "file",
  discard: "new",
  max_msgs: UNLIMITED,
  max_msg_size: MAX_MESSAGE_BYTES,
  duplicate_window: toNanos(DUPLICATE_WINDOW_MS),
  max_consumers: MAX_CONSUMERS,
  // Removals and purges are part of what the logs and buckets do; roll-ups by header are not.
  deny_delete: false,
  deny_purge: false,
  allow_rollup_hdrs: false,
} as const;
