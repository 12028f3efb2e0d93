import { metaKey, type Owner } from "../../../src/activation/records/record-keys.ts";

/** What the model of an actor stores: everything that was ever appended to it. */
export interface ModelRecord {
  readonly generation: number;
  /** Number of operations. */
  readonly version: number;
  readonly ops: readonly string[];
  /** Who has claimed the generation. */
  readonly writer: string;
  /** Unique to the write. */
  readonly writeId: string;
  /** Whether there is no such actor any more. The record keeps its place in the store for writes that are late. */
  readonly isDestroyed?: boolean;
}

export const EMPTY_RECORD: ModelRecord = {
  generation: 0,
  version: 0,
  ops: [],
  writer: "",
  writeId: "",
};

export function recordKey(owner: Owner): string {
  return metaKey(owner);
}

export function encodeRecord(record: ModelRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record));
}

export function decodeRecord(value: Uint8Array): ModelRecord {
  return JSON.parse(Buffer.from(value).toString());
}
