import type { SqlValue } from "../definition/database-types.ts";

/** A database file, and how it is opened. */
export interface SqlFile {
  readonly path: string;
  /** Whether a file that is not there is created; otherwise it is an error. */
  readonly create: boolean;
  readonly maxBytes: number;
  /** Whether a commit waits for the disk. */
  readonly durable: boolean;
}

/**
 * What is returned of a statement.
 *
 * @enum
 */
export const SqlResult = { All: "all", Get: "get", Run: "run" } as const;
export type SqlResult = (typeof SqlResult)[keyof typeof SqlResult];

/** A migration with the SHA-256 of its text, in hexadecimal. */
export interface SentMigration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** One position for each `?`, or one name for each `:name`. */
export type SentParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/** What a worker is asked to do, one request at a time. */
export type SqlRequest =
  | {
      readonly kind: "statement";
      readonly file: SqlFile;
      readonly sql: string;
      readonly parameters: SentParameters;
      readonly result: SqlResult;
      /** Whether it belongs to a transaction, which must still be open. */
      readonly inTransaction: boolean;
    }
  | { readonly kind: "begin" | "commit" | "rollback"; readonly file: SqlFile }
  /** Opens the file. Answers with the migrations that were not applied yet. */
  | {
      readonly kind: "open";
      readonly file: SqlFile;
      readonly migrations: readonly SentMigration[];
    }
  /** Applies them. Answers with those that were applied. */
  | {
      readonly kind: "migrate";
      readonly file: SqlFile;
      readonly migrations: readonly SentMigration[];
      readonly nowMs: number;
    }
  | { readonly kind: "close"; readonly file: SqlFile };

export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What a request has done. */
export interface SqlAnswer {
  readonly rows: readonly SqlRow[];
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
  /** Names of migrations. */
  readonly migrations: readonly string[];
}

/**
 * What kind of error a worker reports.
 *
 * @enum
 */
export const SqlFailure = {
  /** The statement failed. */
  Statement: "statement",
  /** The statement is not allowed. */
  Refused: "refused",
  /** The transaction is not open any more. */
  TransactionLost: "transaction_lost",
  /** The migrations do not fit, or one has failed. */
  Migration: "migration",
  /** The file has no space left. */
  Full: "full",
  /** The file is missing, damaged or not one of limelight. */
  Corrupt: "corrupt",
  /** The file was written by a later version. */
  NewerFormat: "newer_format",
  /** The file cannot be opened. */
  Unavailable: "unavailable",
} as const;
export type SqlFailure = (typeof SqlFailure)[keyof typeof SqlFailure];

export interface SentFailure {
  readonly failure: SqlFailure;
  readonly message: string;
  /** Extended result code of SQLite. */
  readonly sqliteCode: number | undefined;
}

/** From a worker: that it is ready, then one reply to each request. */
export type SqlReply =
  | { readonly kind: "ready" }
  | { readonly kind: "answer"; readonly answer: SqlAnswer }
  | { readonly kind: "failure"; readonly error: SentFailure };
