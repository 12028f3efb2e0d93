import { decodeRecord, encodeRecord, isCount, type Shape } from "./record-format.ts";

/** Stored while an actor is being created by an activation whose generation was given by a placement. */
export interface BirthRecord {
  /** The activation that alone may create the actor. */
  readonly generation: number;
}

const SHAPE: Shape<BirthRecord> = { generation: isCount };

/** Returns the bytes of a record. */
export function encodeBirth(record: BirthRecord): Uint8Array {
  return encodeRecord(record);
}

/**
 * Reads a record.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT`
 */
export function decodeBirth(key: string, value: Uint8Array): BirthRecord {
  return decodeRecord(key, value, SHAPE);
}
