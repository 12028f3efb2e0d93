import type { StatementSync } from "node:sqlite";
import type { SqlValue } from "../definition/database-types.ts";
import type { ActorFile } from "./actor-file.ts";
import { applyMigrations, pendingMigrations } from "./apply-migrations.ts";
import type { OpenFiles } from "./open-files.ts";
import {
  type SentMigration,
  type SentParameters,
  type SqlAnswer,
  SqlFailure,
  type SqlRequest,
  SqlResult,
  type SqlRow,
} from "./sql-messages.ts";
import { WorkerError } from "./worker-error.ts";

/** Maximum size of all rows of a result. */
const MAX_RESULT_BYTES: number = 32 * 1024 * 1024;
const NUMBER_BYTES = 8;

const NOTHING: SqlAnswer = { rows: [], changes: 0, lastInsertRowid: 0, migrations: [] };

type RawRow = Record<string, SqlValue>;

/** Turns an integer into a number where no digit is lost. */
function shortest(value: number | bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Shortens the integers of a row in place, and returns its size. */
function settle(row: RawRow): number {
  let sizeBytes = 0;
  for (const name in row) {
    const value = row[name];
    if (typeof value === "bigint") row[name] = shortest(value);
    if (typeof value === "string") sizeBytes += value.length;
    else if (value instanceof Uint8Array) sizeBytes += value.byteLength;
    else sizeBytes += NUMBER_BYTES;
  }
  return sizeBytes;
}

function bound(parameters: SentParameters): SqlValue[] {
  return (Array.isArray(parameters) ? parameters : [parameters]) as SqlValue[];
}

function readAll(statement: StatementSync, parameters: SentParameters): SqlRow[] {
  const rows: SqlRow[] = [];
  let sizeBytes = 0;
  for (const row of statement.iterate(...bound(parameters)) as Iterable<RawRow>) {
    sizeBytes += settle(row);
    if (sizeBytes > MAX_RESULT_BYTES) {
      const text = `the result has more than ${MAX_RESULT_BYTES} bytes; read it in parts, with LIMIT`;
      throw new WorkerError(SqlFailure.Statement, text);
    }
    rows.push(row);
  }
  return rows;
}

function runStatement(
  file: ActorFile,
  { sql, parameters, result }: Extract<SqlRequest, { kind: "statement" }>,
): SqlAnswer {
  const statement = file.prepare(sql);
  switch (result) {
    case SqlResult.All:
      return { ...NOTHING, rows: readAll(statement, parameters) };
    case SqlResult.Get: {
      const row = statement.get(...bound(parameters)) as RawRow | undefined;
      if (row !== undefined) settle(row);
      return { ...NOTHING, rows: row === undefined ? [] : [row] };
    }
    case SqlResult.Run: {
      const { changes, lastInsertRowid } = statement.run(...bound(parameters));
      const changed = Number(changes);
      return { ...NOTHING, changes: changed, lastInsertRowid: shortest(lastInsertRowid) };
    }
  }
}

function namesOf(migrations: readonly SentMigration[]): string[] {
  return migrations.map(({ name }) => name);
}

/** SQLite rolls some transactions back by itself, such as one that has filled the disk. */
function requireTransaction(file: ActorFile): void {
  if (file.inTransaction) return;
  throw new WorkerError(
    SqlFailure.TransactionLost,
    "the transaction was rolled back: its worker ended, or SQLite could not continue it",
  );
}

/**
 * Does what a request says.
 *
 * @throws {@link WorkerError}, or what SQLite throws
 */
export function runRequest(files: OpenFiles, request: SqlRequest): SqlAnswer {
  switch (request.kind) {
    case "statement": {
      const file = files.open(request.file);
      if (request.inTransaction) requireTransaction(file);
      return runStatement(file, request);
    }
    case "begin": {
      const file = files.open(request.file);
      file.rollback(); // of a transaction that nothing belongs to any more
      file.begin();
      return NOTHING;
    }
    case "commit": {
      const file = files.open(request.file);
      requireTransaction(file);
      file.commit();
      return NOTHING;
    }
    case "rollback":
      files.open(request.file).rollback();
      return NOTHING;
    case "open": {
      const pending = pendingMigrations(files.open(request.file), request.migrations);
      return { ...NOTHING, migrations: namesOf(pending) };
    }
    case "migrate": {
      const file = files.open(request.file);
      const applied = applyMigrations(file, request.migrations, request.nowMs);
      return { ...NOTHING, migrations: namesOf(applied) };
    }
    case "close":
      files.close(request.file.path);
      return NOTHING;
  }
}
