import { ErrorCode, StoreError, type StoreErrorCode } from "../../base/errors.ts";
import { property, textProperty, thrownText } from "../../base/foreign-value.ts";

/** Primary result codes of SQLite. */
const SqliteCode = {
  Error: 1,
  Busy: 5,
  Locked: 6,
  IoError: 10,
  Corrupt: 11,
  Full: 13,
  TooBig: 18,
  NotADatabase: 26,
} as const;

/** SQLite reports a disk without space for the index of its WAL as this extended code. */
const SHM_SIZE = 4874;
const PRIMARY = 0xff;

/** Extended result code of an error of SQLite; `undefined` for other errors. */
function sqliteCode(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const code = property(thrown, "errcode");
  return typeof code === "number" ? code : undefined;
}

/**
 * What SQLite was doing. While a file is opened, an error in its schema is damage. When a commit fails, its pages may
 * be on the disk already.
 *
 * @enum
 */
export const Doing = { Open: "open", Read: "read", Write: "write", Commit: "commit" } as const;
export type Doing = (typeof Doing)[keyof typeof Doing];

function codeOf(thrown: unknown, doing: Doing): StoreErrorCode {
  const extended = sqliteCode(thrown);
  if (extended === SHM_SIZE) return ErrorCode.StoreFull;
  switch (extended === undefined ? undefined : extended & PRIMARY) {
    case SqliteCode.Corrupt:
    case SqliteCode.NotADatabase:
      return ErrorCode.StoreCorrupt;
    case SqliteCode.Full:
      return ErrorCode.StoreFull;
    case SqliteCode.TooBig:
      return ErrorCode.StoreTooLarge;
    case SqliteCode.Busy:
    case SqliteCode.Locked:
      return ErrorCode.StoreUnavailable;
    case SqliteCode.Error:
      return doing === Doing.Open ? ErrorCode.StoreCorrupt : ErrorCode.StoreUnavailable;
    default:
      break;
  }
  // A column that Node cannot represent, such as an integer beyond 2^53.
  if (typeof thrown === "object" && thrown !== null) {
    if (textProperty(thrown, "code") === "ERR_OUT_OF_RANGE") return ErrorCode.StoreCorrupt;
    if (textProperty(thrown, "code") === "ENOSPC") return ErrorCode.StoreFull;
  }
  return doing === Doing.Commit ? ErrorCode.StoreUnknownOutcome : ErrorCode.StoreUnavailable;
}

const TEXTS: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  [ErrorCode.StoreCorrupt]: "is damaged",
  [ErrorCode.StoreFull]: "has no space left",
  [ErrorCode.StoreTooLarge]: "cannot hold a value of this size",
  [ErrorCode.StoreUnavailable]: "cannot be used",
  [ErrorCode.StoreUnknownOutcome]: "failed while a write was committed",
};

/**
 * Returns an error of SQLite or of the file system as an error of the store; errors of the store stay as they are.
 *
 * @param file what was read or written
 */
export function toStoreError(thrown: unknown, file: string, doing: Doing): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const code = codeOf(thrown, doing);
  return new StoreError(`${file} ${TEXTS[code] ?? "failed"}: ${thrownText(thrown)}`, {
    code,
    cause: thrown,
  });
}

/** Whether the error means that another connection has the lock. */
export function isBusy(thrown: unknown): boolean {
  const code = sqliteCode(thrown);
  return code !== undefined && (code & PRIMARY) === SqliteCode.Busy;
}

/** An error of the store as it travels between threads. */
export interface SentError {
  readonly code: StoreErrorCode;
  readonly message: string;
  readonly key: string | undefined;
  readonly cause: unknown;
}

/** Returns `error` as plain data. Of its cause, name, message and stack remain. */
export function toSent({ code, message, key, cause }: StoreError): SentError {
  return { code, message, key, cause };
}

/** Returns the error that was sent, with a stack of this thread. */
export function fromSent({ code, message, key, cause }: SentError): StoreError {
  return new StoreError(message, {
    code,
    ...(key === undefined ? {} : { key }),
    ...(cause === undefined ? {} : { cause }),
  });
}
