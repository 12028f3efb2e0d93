import { ErrorCode, StoreError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";

/** Format of the records that this version writes. Versions read all formats up to their own. */
const RECORD_FORMAT = 1;

const MAX_SHOWN = 200;

/** Checks one property of a record. */
type Check = (value: unknown) => boolean;

/** A check for each property of a record. */
export type Shape<Fields> = Readonly<Record<keyof Fields, Check>>;

/** Whole numbers from 0: counts, sizes, sequence numbers, times. */
export const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
/** Non-empty texts. */
export const isText: Check = (value) => typeof value === "string" && value !== "";
/** Any JSON. */
export const isAny: Check = (value) => value !== undefined;

/** Accepts a property that is absent too. */
export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Returns the text of stored bytes.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT` for bytes that are not UTF-8
 */
export function decodeText(key: string, value: Uint8Array): string {
  try {
    return decoder.decode(value);
  } catch (cause) {
    throw damaged(key, "it is not UTF-8", cause);
  }
}

/**
 * Parses stored JSON.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`
 */
export function decodeJson(key: string, value: Uint8Array): unknown {
  const text = decodeText(key, value);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(key, "it is not JSON", cause);
  }
}

/** Returns the bytes of a record with the number of its format. */
export function encodeRecord(fields: object): Uint8Array {
  // Without a copy of the fields: every commit encodes a record.
  const text = JSON.stringify(fields);
  const rest = text === "{}" ? "}" : `,${text.slice(1)}`;
  return Buffer.from(`{"format":${RECORD_FORMAT}${rest}`);
}

/**
 * Returns the checked properties of a record. Properties that are not part of `shape` are left out.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT` for a damaged record, `ERR_STORE_NEWER_FORMAT` for one that a later
 *   version has written
 */
export function decodeRecord<Fields>(key: string, value: Uint8Array, shape: Shape<Fields>): Fields {
  const record = decodeJson(key, value);
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw damaged(key, "it is not an object");
  }
  const stored = record as Readonly<Record<string, unknown>>;
  const format = own(stored, "format");
  if (!isCount(format)) throw damaged(key, "it has no `format`");
  if (Number(format) > RECORD_FORMAT) {
    throw new StoreError(
      `record ${shown(key)} has format ${String(format)}; this version reads up to ${RECORD_FORMAT}`,
      { code: ErrorCode.StoreNewerFormat, key },
    );
  }
  const fields: Record<string, unknown> = {};
  for (const name in shape) {
    const field = own(stored, name);
    if (!shape[name](field)) throw damaged(key, `its \`${name}\` is missing or not valid`);
    if (field !== undefined) fields[name] = field;
  }
  return fields as Fields;
}

function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Returns the error of a record that cannot be read. */
function damaged(key: string, why: string, cause?: unknown): StoreError {
  return new StoreError(`record ${shown(key)} is damaged: ${why}`, {
    code: ErrorCode.StoreCorrupt,
    key,
    cause,
  });
}

function shown(key: string): string {
  return key.length > MAX_SHOWN ? `${quote(key.slice(0, MAX_SHOWN))}…` : quote(key);
}
