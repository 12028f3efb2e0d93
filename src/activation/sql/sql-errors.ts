import { ErrorCode, LimelightError, StoreError, UsageError } from "../../base/errors.ts";
import { type SentFailure, SqlFailure } from "./sql-messages.ts";

/** Returns SQLite's own error as it was in the worker, for the `cause` of another one. */
function causeOf({ message, sqliteCode }: SentFailure): Error | undefined {
  if (sqliteCode === undefined) return undefined;
  return Object.assign(new Error(message), { errcode: sqliteCode });
}

/** Returns the error for what a worker has reported. */
export function fromFailure(sent: SentFailure): LimelightError {
  const { failure, message } = sent;
  const cause = causeOf(sent);
  switch (failure) {
    case SqlFailure.Statement:
      return new LimelightError(`a statement failed: ${message}`, { code: ErrorCode.Sql, cause });
    case SqlFailure.Refused:
      return new UsageError(message, { code: ErrorCode.SqlRefused });
    case SqlFailure.TransactionLost:
      return new LimelightError(message, { code: ErrorCode.SqlInterrupted });
    case SqlFailure.Migration:
      return new LimelightError(message, { code: ErrorCode.DatabaseMigration, cause });
    case SqlFailure.Full:
      return new StoreError(`the database of the actor has no space left: ${message}`, {
        code: ErrorCode.StoreFull,
        cause,
      });
    case SqlFailure.Corrupt:
      return new StoreError(`the database of the actor is damaged: ${message}`, {
        code: ErrorCode.StoreCorrupt,
        cause,
      });
    case SqlFailure.NewerFormat:
      return new StoreError(message, { code: ErrorCode.StoreNewerFormat });
    case SqlFailure.Unavailable:
      return new StoreError(`the database of the actor cannot be used: ${message}`, {
        code: ErrorCode.StoreUnavailable,
        cause,
      });
  }
}

/** Returns the error of a statement that was stopped. */
export function statementTimedOut(timeoutMs: number): LimelightError {
  return new LimelightError(
    `a statement ran for ${timeoutMs} ms and was stopped; a single one that writes may have taken effect`,
    { code: ErrorCode.SqlTimeout },
  );
}

/** Returns the error of a transaction that was rolled back. */
export function transactionTimedOut(site: string, timeoutMs: number): LimelightError {
  return new LimelightError(
    `the transaction that began ${site} did not end within ${timeoutMs} ms and was rolled back`,
    { code: ErrorCode.SqlTimeout },
  );
}

/** Returns the error of what waited for a transaction that waited for it. */
export function nestedUse(site: string, timeoutMs: number): LimelightError {
  return new LimelightError(
    `\`c.db\` was used inside the transaction that began ${site}, which it has to wait for; ` +
      `the transaction was rolled back after ${timeoutMs} ms: use the \`tx\` it gives`,
    { code: ErrorCode.SqlNested },
  );
}

/** Returns the error of a `tx` that was kept. */
export function transactionOver(site: string): UsageError {
  return new UsageError(`\`tx\` was used after the transaction that began ${site} had ended`, {
    code: ErrorCode.SqlTransactionOver,
  });
}

/** Returns the error of a statement whose worker has ended. */
export function interrupted(cause: unknown): LimelightError {
  return new LimelightError(
    "the SQL worker ended before it replied; a single statement that writes may have taken effect",
    { code: ErrorCode.SqlInterrupted, cause },
  );
}

/** Returns the error of a statement that has not reached its worker. */
export function unsent(cause: unknown): LimelightError {
  return new LimelightError(
    "a statement failed: with its parameters it is too large to be sent to a worker",
    { code: ErrorCode.Sql, cause },
  );
}

/** Returns the error of a statement for which there is no place to wait. */
export function overloaded(waiting: number): LimelightError {
  return new LimelightError(`${waiting} SQL statements are waiting already`, {
    code: ErrorCode.SqlOverloaded,
  });
}

/** Returns the error of a database whose actor has ended. */
export function databaseOver(): LimelightError {
  return new LimelightError("this database is of a life of the actor that has ended", {
    code: ErrorCode.LifeOver,
  });
}
