import {
  decodeRecord,
  encodeRecord,
  isAny,
  isCount,
  isText,
  optional,
  type Shape,
} from "./record-format.ts";

/** A message of a queue as it is stored; queue and sequence number are part of the key. */
export interface QueueRecord {
  readonly id: string;
  readonly body: unknown;
  readonly sentAtMs: number;
  /** How often it was handed out. */
  readonly attempt: number;
  /** It is not handed out before this time. */
  readonly notBeforeMs?: number;
  /** Trace in which it was sent, as in a `traceparent` header. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** Id of the request from outside that has caused it. */
  readonly requestId?: string;
}

/** A message that was set aside. */
export interface SetAsideRecord extends QueueRecord {
  readonly setAsideAtMs: number;
  /** Code or class of the last error, and its text, shortened. */
  readonly errorType?: string;
  readonly errorText?: string;
}

const QUEUED: Shape<QueueRecord> = {
  id: isText,
  body: isAny,
  sentAtMs: isCount,
  attempt: isCount,
  notBeforeMs: optional(isCount),
  traceparent: optional(isText),
  tracestate: optional(isAny),
  requestId: optional(isText),
};

const SET_ASIDE: Shape<SetAsideRecord> = {
  ...QUEUED,
  setAsideAtMs: isCount,
  errorType: optional(isText),
  errorText: optional(isAny),
};

/** Returns the bytes of a message. */
export function encodeQueued(record: QueueRecord): Uint8Array {
  return encodeRecord(record);
}

/**
 * Reads a message.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT`
 */
export function decodeQueued(key: string, value: Uint8Array): QueueRecord {
  return decodeRecord(key, value, QUEUED);
}

/** Returns the bytes of a message that was set aside. */
export function encodeSetAside(record: SetAsideRecord): Uint8Array {
  return encodeRecord(record);
}

/**
 * Reads a message that was set aside.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT`
 */
export function decodeSetAside(key: string, value: Uint8Array): SetAsideRecord {
  return decodeRecord(key, value, SET_ASIDE);
}
