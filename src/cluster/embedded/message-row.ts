import { ErrorCode, StoreError } from "../../base/errors.ts";
import type { LogMessage } from "../engine/log.ts";

/** A message of a log as a row: the length of its JSON in four bytes, the JSON, the body. */
export interface MessageRow extends LogMessage {
  /** Milliseconds since the epoch. */
  readonly storedAtMs: number;
}

const LENGTH_BYTES = 4;

/** Returns the bytes of a row. */
export function encodeRow({ id, subject, headers, body, storedAtMs }: MessageRow): Uint8Array {
  const json = Buffer.from(JSON.stringify({ id, subject, headers, storedAtMs }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.byteLength);
  return Buffer.concat([length, json, body]);
}

/** @throws StoreError `ERR_STORE_CORRUPT` for bytes that {@link encodeRow} does not return */
export function decodeRow(key: string, value: Uint8Array): MessageRow {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  try {
    const end = LENGTH_BYTES + bytes.readUInt32BE();
    // A row that is cut off has no complete JSON either.
    const { id, subject, headers, storedAtMs } = JSON.parse(
      bytes.toString("utf8", LENGTH_BYTES, end),
    ) as Omit<MessageRow, "body">;
    return { id, subject, headers, storedAtMs, body: new Uint8Array(bytes.subarray(end)) };
  } catch (cause) {
    throw new StoreError(`the stored message ${key} is damaged`, {
      code: ErrorCode.StoreCorrupt,
      key,
      cause,
    });
  }
}
