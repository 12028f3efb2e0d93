import { ErrorCode, StoreError, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";
import { numberOption, requireNumber } from "../../base/options.ts";
import { type ListOptions, type LoadRequest, WriteKind, type WriteOperation } from "./store.ts";

const KIB = 1024;
const MIB = KIB * KIB;

/** Maximum length of a key, in bytes of UTF-8. */
const MAX_KEY_BYTES: number = 16 * KIB;
/** Maximum number of operations of one batch. */
export const MAX_BATCH_OPERATIONS = 10_000;
/** Maximum size of the keys and values of one batch. */
export const MAX_BATCH_BYTES: number = 32 * MIB;
/** Maximum size of a value, unless the backend was created with another limit. */
const DEFAULT_MAX_VALUE_BYTES: number = 8 * MIB;
/** A page ends with the entry that reaches this size, so that reading it does not block the process. */
export const MAX_PAGE_BYTES: number = MIB;

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1_000;
const DEFAULT_LOAD_BYTES = MIB;
const MAX_SHOWN_KEY = 70;

/** Returns a key for an error: in quotes, on one line and shortened. */
export function shownKey(key: string): string {
  return key.length > MAX_SHOWN_KEY ? `${quote(key.slice(0, MAX_SHOWN_KEY))}…` : quote(key);
}

/**
 * Checks a key.
 *
 * @throws {@link UsageError} `ERR_STORE_INVALID_KEY` when it is not a non-empty, well-formed string of at most
 *   {@link MAX_KEY_BYTES}
 */
export function requireKey(key: string): void {
  requirePrefix(key);
  if (key.length > 0) return;
  throw new UsageError("a key must not be empty", { code: ErrorCode.StoreInvalidKey });
}

/** Checks the first part of a key, which may be empty. */
function requirePrefix(prefix: string): void {
  if (typeof prefix !== "string") {
    throw new UsageError(`a key must be a string, not ${typeof prefix}`, {
      code: ErrorCode.StoreInvalidKey,
    });
  }
  if (!prefix.isWellFormed()) {
    throw new UsageError(`key ${shownKey(prefix)} has half a surrogate pair, which has no bytes`, {
      code: ErrorCode.StoreInvalidKey,
    });
  }
  // A UTF-16 unit has at most three bytes, so most keys need not be measured.
  if (prefix.length * 3 <= MAX_KEY_BYTES || Buffer.byteLength(prefix) <= MAX_KEY_BYTES) return;
  throw new UsageError(
    `key ${shownKey(prefix)} has ${Buffer.byteLength(prefix)} bytes, of at most ${MAX_KEY_BYTES}`,
    { code: ErrorCode.StoreInvalidKey },
  );
}

function requireRevision(revision: number | undefined): void {
  if (revision === undefined) return;
  requireNumber("expectedRevision", revision, {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    integer: true,
  });
}

function requireValue(key: string, value: Uint8Array, maxValueBytes: number): void {
  if (!(value instanceof Uint8Array)) {
    throw new UsageError(`the value of ${shownKey(key)} must be a Uint8Array`, {
      code: ErrorCode.InvalidOption,
    });
  }
  if (value.byteLength <= maxValueBytes) return;
  throw new StoreError(
    `the value of ${shownKey(key)} has ${value.byteLength} bytes, of at most ${maxValueBytes}`,
    { code: ErrorCode.StoreTooLarge, key },
  );
}

/** A batch that was checked. It shares its memory with the caller. */
export interface CheckedBatch {
  readonly operations: readonly WriteOperation[];
  /** Size of all keys and values, in bytes; keys count with their length in UTF-16 units. */
  readonly sizeBytes: number;
}

function requireOperation(operation: WriteOperation, maxValueBytes: number): void {
  switch (operation.kind) {
    case WriteKind.Put:
      requireKey(operation.key);
      requireValue(operation.key, operation.value, maxValueBytes);
      requireRevision(operation.expectedRevision);
      break;
    case WriteKind.Delete:
    case WriteKind.Check:
      requireKey(operation.key);
      requireRevision(operation.expectedRevision);
      break;
    case WriteKind.DeletePrefix:
      requirePrefix(operation.prefix);
      break;
  }
}

/** Returns a copy whose value shares no memory. Not by `value.slice()`: a Buffer's slice is a view. */
function copyOf(operation: WriteOperation): WriteOperation {
  if (operation.kind !== WriteKind.Put) return { ...operation };
  return { ...operation, value: new Uint8Array(operation.value) };
}

function sizeOf(operation: WriteOperation): number {
  switch (operation.kind) {
    case WriteKind.Put:
      return operation.key.length + operation.value.byteLength;
    case WriteKind.Delete:
    case WriteKind.Check:
      return operation.key.length;
    case WriteKind.DeletePrefix:
      return operation.prefix.length;
  }
}

/**
 * Checks a batch.
 *
 * @throws {@link UsageError} for an invalid key, revision or value
 * @throws {@link StoreError} `ERR_STORE_TOO_LARGE` when a value or the batch exceeds its limit
 */
export function checkBatch(
  operations: readonly WriteOperation[],
  maxValueBytes: number,
): CheckedBatch {
  requireBatchLimit(operations.length, 0);
  let sizeBytes = 0;
  for (const operation of operations) {
    requireOperation(operation, maxValueBytes);
    sizeBytes += sizeOf(operation);
  }
  requireBatchLimit(operations.length, sizeBytes);
  return { operations, sizeBytes };
}

/** Checks a batch as {@link checkBatch} does, and returns a copy of its operations, values included. */
export function acceptBatch(
  operations: readonly WriteOperation[],
  maxValueBytes: number,
): readonly WriteOperation[] {
  return checkBatch(operations, maxValueBytes).operations.map(copyOf);
}

function requireBatchLimit(operations: number, sizeBytes: number): void {
  if (operations <= MAX_BATCH_OPERATIONS && sizeBytes <= MAX_BATCH_BYTES) return;
  throw new StoreError(
    `a batch of ${operations} operations and ${sizeBytes} bytes exceeds the limit of ` +
      `${MAX_BATCH_OPERATIONS} operations and ${MAX_BATCH_BYTES} bytes`,
    { code: ErrorCode.StoreTooLarge },
  );
}

/** Returns the checked limit of a backend for values. */
export function maxValueBytesOption(value: number | undefined): number {
  const bounds = { min: 1, max: MAX_BATCH_BYTES - MAX_KEY_BYTES, integer: true };
  return numberOption("maxValueBytes", value, DEFAULT_MAX_VALUE_BYTES, bounds);
}

/** Checks the arguments of a listing and returns the maximum number of entries of its page. */
export function acceptListing(prefix: string, options: ListOptions): number {
  requirePrefix(prefix);
  if (options.cursor !== undefined) requirePrefix(options.cursor);
  const bounds = { min: 1, max: MAX_PAGE, integer: true };
  return numberOption("limit", options.limit, DEFAULT_PAGE, bounds);
}

/** Checks a request of `load` and fills in its defaults. */
export function acceptLoad(request: LoadRequest): Required<LoadRequest> {
  const { keys = [], prefixes = [], maxBytes } = request;
  for (const key of keys) requireKey(key);
  for (const prefix of prefixes) requirePrefix(prefix);
  const bounds = { min: 0, max: MAX_BATCH_BYTES, integer: true };
  return {
    keys,
    prefixes,
    maxBytes: numberOption("maxBytes", maxBytes, DEFAULT_LOAD_BYTES, bounds),
  };
}
