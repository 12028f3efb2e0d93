import { property, thrownText } from "../../base/foreign-value.ts";
import { type SentFailure, SqlFailure } from "./sql-messages.ts";

/** Primary result codes of SQLite, and one extended code for a disk without space for the index of the log. */
const Code = {
  Unauthorized: 23,
  Corrupt: 11,
  Full: 13,
  CannotOpen: 14,
  NotADatabase: 26,
  ShmSize: 4874,
} as const;
const PRIMARY = 0xff;

/** An error of a worker that is reported to the process of the actor. */
export class WorkerError extends Error {
  readonly failure: SqlFailure;
  readonly sqliteCode: number | undefined;

  constructor(failure: SqlFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.failure = failure;
    this.sqliteCode = cause === undefined ? undefined : sqliteCode(cause);
  }
}

function sqliteCode(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const code = property(thrown, "errcode");
  return typeof code === "number" ? code : undefined;
}

/** Whether the authorizer has denied a statement. */
export function isUnauthorized(thrown: unknown): boolean {
  return sqliteCode(thrown) === Code.Unauthorized;
}

function failureOf(code: number | undefined): SqlFailure {
  if (code === undefined) return SqlFailure.Statement;
  if (code === Code.ShmSize) return SqlFailure.Full;
  switch (code & PRIMARY) {
    case Code.Full:
      return SqlFailure.Full;
    case Code.Corrupt:
    case Code.NotADatabase:
      return SqlFailure.Corrupt;
    case Code.CannotOpen:
      return SqlFailure.Unavailable;
    default:
      return SqlFailure.Statement;
  }
}

/** Returns what was thrown as plain data. */
export function toFailure(thrown: unknown): SentFailure {
  if (thrown instanceof WorkerError) {
    const { failure, message, sqliteCode: code } = thrown;
    return { failure, message, sqliteCode: code };
  }
  const code = sqliteCode(thrown);
  return { failure: failureOf(code), message: thrownText(thrown), sqliteCode: code };
}
