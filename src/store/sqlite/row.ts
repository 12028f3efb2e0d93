import { crc32 } from "node:zlib";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { shownKey } from "../contract/limits.ts";
import type { StoredEntry } from "../contract/store.ts";

/** A row of the table of entries. Keys are bytes: SQLite compares them so, and NUL is a byte like others. */
export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly revision: number;
  /** See {@link checksumOf}. */
  readonly checksum: number;
}

/** The byte that no UTF-8 contains: as a key, it is above all others. */
const ABOVE_ALL = 0xff;

const encoder = new TextEncoder();

export function toBytes(key: string): Uint8Array {
  return encoder.encode(key);
}

export function toText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString();
}

/** SQLite has no checksums of its own: a flipped bit in a value would be returned as if it had been written. */
export function checksumOf(key: Uint8Array, value: Uint8Array, revision: number): number {
  return crc32(value, crc32(key, revision >>> 0));
}

/**
 * Returns the entry of a row.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT` when its bytes are not those that were written
 */
export function toEntry({ key, value, revision, checksum }: Row): StoredEntry {
  const text = toText(key);
  if (checksumOf(key, value, revision) === checksum) return { key: text, value, revision };
  throw new StoreError(`the entry of ${shownKey(text)} is damaged`, {
    code: ErrorCode.StoreCorrupt,
    key: text,
  });
}

/** First key, and first key beyond, of a range in the order of bytes. */
export interface ByteRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** Returns the range of all keys with `prefix`; with a `cursor`, of those after it. */
export function rangeOf(prefix: string, cursor?: string): ByteRange {
  const isAll = prefix === "";
  // The lowest key. Not an array without bytes, which Node before 22.16 binds as NULL.
  const start = isAll ? Uint8Array.of(0) : toBytes(prefix);
  const to = isAll ? Uint8Array.of(ABOVE_ALL) : new Uint8Array(start);
  // The last byte of UTF-8 is never 255, so the sum fits into it.
  if (!isAll) to[to.length - 1] = (to[to.length - 1] as number) + 1;
  if (cursor === undefined) return { from: start, to };
  const after = toBytes(`${cursor}\0`); // the smallest key above the cursor
  return { from: Buffer.compare(after, start) > 0 ? after : start, to };
}
