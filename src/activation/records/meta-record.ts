import { decodeRecord, encodeRecord, isCount, optional, type Shape } from "./record-format.ts";

/** What is stored of an actor besides its state. Every commit writes it, so its revision is that of the actor. */
export interface MetaRecord {
  /** Number of activations so far; 1 in the first one. */
  readonly generation: number;
  /** Version of the state's shape. */
  readonly version: number;
  readonly createdAtMs: number;
  /** When the actor was last created, woken or put to sleep. */
  readonly usedAtMs: number;
  /** When everything of the actor is removed; absent without `expireAfterMs`. */
  readonly expiresAtMs?: number;
  /** Size of the stored state, in bytes; 0 without a state. */
  readonly stateBytes: number;
  /** Number of schedules. */
  readonly schedules: number;
  /** Number of queue messages, without those set aside. */
  readonly queued: number;
  /** Random text of one creation. Names the database file, so a destroyed actor's file is not found again. */
  readonly incarnation: string;
  /** Sequence number of the next queue message. */
  readonly sequence: number;
  /** The last position of the actor's events, if an activation that had connections or events has ended as it should. */
  readonly eventsAt?: EventsAt;
  /** What the activation that has ended hands over from its memory. The next write of the record removes it. */
  readonly handover?: Handover;
}

/** Memory of an activation that has ended, for the next one. */
export interface Handover {
  /** The activation that has stored it. In the one after the next it is outdated. */
  readonly generation: number;
  /** When it was stored, by the clock of its process. */
  readonly atMs: number;
  /** JSON. */
  readonly text: string;
}

function isHandover(value: unknown): boolean {
  const { generation, atMs, text } = (value ?? {}) as {
    readonly [Name in keyof Handover]?: unknown;
  };
  return isCount(generation) && isCount(atMs) && typeof text === "string";
}

/** Where the events of an actor ended. */
interface EventsAt {
  /** The activation that has stored it. In the one after the next it is outdated. */
  readonly generation: number;
  /** The position, as clients have it. */
  readonly at: string;
}

function isEventsAt(value: unknown): boolean {
  const { generation, at } = (value ?? {}) as { generation?: unknown; at?: unknown };
  return isCount(generation) && typeof at === "string" && at.length <= 64;
}

const INCARNATION = /^[\w-]{1,64}$/;

const SHAPE: Shape<MetaRecord> = {
  generation: isCount,
  version: isCount,
  createdAtMs: isCount,
  usedAtMs: isCount,
  expiresAtMs: optional(isCount),
  stateBytes: isCount,
  schedules: isCount,
  queued: isCount,
  incarnation: (value) => typeof value === "string" && INCARNATION.test(value),
  sequence: isCount,
  eventsAt: optional(isEventsAt),
  handover: optional(isHandover),
};

/** Returns the bytes of a record. Times are whole milliseconds. */
export function encodeMeta(record: MetaRecord): Uint8Array {
  return encodeRecord(record);
}

/**
 * Reads a record.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT`
 */
export function decodeMeta(key: string, value: Uint8Array): MetaRecord {
  return decodeRecord(key, value, SHAPE);
}
