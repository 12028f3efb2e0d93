import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, DatabaseSyncOptions, StatementSync } from "node:sqlite";
import { ATTACHED_APPLICATION_ID, ATTACHED_FORMAT } from "../../store/contract/attached-files.ts";
import { sqlite } from "../../store/sqlite/load-sqlite.ts";
import { syncDirectory } from "../../store/sqlite/sync-to-disk.ts";
import { SqlFailure, type SqlFile } from "./sql-messages.ts";
import { isBlank, isReadingPragma, OWN_TABLES, refusal } from "./sql-text.ts";
import { isUnauthorized, WorkerError } from "./worker-error.ts";

const BUSY_TIMEOUT_MS = 2_000;
const MAX_STATEMENTS = 64;
const MIB = 1024 * 1024;
/** Maximum size of a text, a blob and a row. */
const MAX_VALUE_BYTES = 32 * MIB;
const MAX_SQL_BYTES = MIB;

/** Options that TypeScript's types do not have yet; versions of Node that do not know one ignore it. */
const OPTIONS: DatabaseSyncOptions & Record<string, unknown> = {
  timeout: BUSY_TIMEOUT_MS,
  enableForeignKeyConstraints: true,
  enableDoubleQuotedStringLiterals: false,
  allowExtension: false,
  defensive: true,
  limits: { attach: 0, length: MAX_VALUE_BYTES, sqlLength: MAX_SQL_BYTES },
};

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

function createFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, "wx", 0o600)); // SQLite accepts an empty file, and keeps its mode
  syncDirectory(dirname(path));
}

function requireOwnFormat(database: DatabaseSync, path: string): void {
  const [id, format] = [pragma(database, "application_id"), pragma(database, "user_version")];
  if (id === 0 && format === 0 && pragma(database, "page_count") === 0) {
    database.exec(
      `PRAGMA application_id = ${ATTACHED_APPLICATION_ID}; PRAGMA user_version = ${ATTACHED_FORMAT}`,
    );
    return;
  }
  if (id !== ATTACHED_APPLICATION_ID) {
    throw new WorkerError(SqlFailure.Corrupt, `${path} is not the database of an actor`);
  }
  if (Number(format) <= ATTACHED_FORMAT) return;
  const text = `${path} has format ${format}; this version of limelight knows ${ATTACHED_FORMAT}`;
  throw new WorkerError(SqlFailure.NewerFormat, text);
}

/** Action codes of SQLite's authorizer that reach beyond the tables of the user. */
const Action = {
  Delete: 9,
  DropTable: 11,
  Insert: 18,
  Pragma: 19,
  Transaction: 22,
  Update: 23,
  Attach: 24,
  Detach: 25,
  Savepoint: 32,
} as const;
const [ALLOW, DENY] = [0, 1];

function requireAllowed(sql: string): void {
  const problem = refusal(sql);
  if (problem !== undefined) throw new WorkerError(SqlFailure.Refused, problem);
}

/** One open database of an actor, with the statements that were prepared last. */
export class ActorFile implements Disposable {
  readonly path: string;
  readonly #database: DatabaseSync;
  /** Oldest use first. */
  readonly #statements = new Map<string, StatementSync>();
  /** Whether the statement that is prepared is one of limelight. */
  #isOwn = true;
  #hasBegun = false;

  constructor({ path, create, maxBytes, durable }: SqlFile) {
    this.path = path;
    if (!existsSync(path)) {
      if (!create) throw new WorkerError(SqlFailure.Corrupt, `${path} is missing`);
      createFile(path);
    }
    this.#database = new (sqlite().DatabaseSync)(path, OPTIONS);
    try {
      requireOwnFormat(this.#database, path);
      const pageBytes = Number(pragma(this.#database, "page_size"));
      this.#database.exec(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = ${durable ? "FULL" : "OFF"};
        PRAGMA trusted_schema = OFF;
        PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))};
      `);
      this.#forbid();
    } catch (thrown) {
      this.#database.close();
      throw thrown;
    }
  }

  /** SQLite ends some transactions by itself, after an error. */
  get inTransaction(): boolean {
    const { isTransaction } = this.#database as DatabaseSync & { isTransaction?: boolean };
    return isTransaction ?? (this.#hasBegun && this.#hasNotEnded());
  }

  /** Runs a statement of limelight itself. */
  own(sql: string, ...parameters: (string | number)[]): Record<string, unknown>[] {
    this.#isOwn = true;
    return this.#database.prepare(sql).all(...parameters) as Record<string, unknown>[];
  }

  begin(): void {
    this.own("BEGIN IMMEDIATE");
    this.#hasBegun = true;
  }

  commit(): void {
    this.own("COMMIT");
    this.#hasBegun = false;
  }

  rollback(): void {
    if (this.inTransaction) this.own("ROLLBACK");
    this.#hasBegun = false;
  }

  /** Returns a prepared statement of the user, which must be a single one. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    this.#statements.delete(sql);
    const statement = known ?? this.#prepareOne(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > MAX_STATEMENTS) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest);
        break;
      }
    }
    return statement;
  }

  /** Runs all statements of a text of the user. */
  runAll(sql: string): void {
    for (let rest = sql; !isBlank(rest); ) {
      const statement = this.#prepareFirst(rest);
      statement.run();
      rest = rest.slice(statement.sourceSQL.length);
    }
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepareOne(sql: string): StatementSync {
    if (isBlank(sql)) throw new WorkerError(SqlFailure.Statement, "there is no statement");
    const statement = this.#prepareFirst(sql);
    if (!isBlank(sql.slice(statement.sourceSQL.length))) {
      throw new WorkerError(
        SqlFailure.Refused,
        "there is more than one statement; run them singly",
      );
    }
    statement.setReadBigInts(true);
    return statement;
  }

  /** For versions of Node without `isTransaction` (before 22.16): a second transaction cannot begin inside of one. */
  #hasNotEnded(): boolean {
    try {
      this.own("BEGIN");
    } catch {
      return true;
    }
    this.own("ROLLBACK");
    return false;
  }

  /** Some pragmas take effect while they are prepared, so a statement is checked before that. */
  #prepareFirst(sql: string): StatementSync {
    requireAllowed(sql);
    this.#isOwn = false;
    let statement: StatementSync;
    try {
      statement = this.#database.prepare(sql);
    } catch (thrown) {
      if (!isUnauthorized(thrown)) throw thrown;
      const text = refusal(sql) ?? "the statement is not allowed in the database of an actor";
      throw new WorkerError(SqlFailure.Refused, text);
    }
    requireAllowed(statement.sourceSQL); // what SQLite took as the statement; it has not run
    return statement;
  }

  /** A second barrier, where Node has it (24.10 and later): SQLite itself asks before it prepares such a statement. */
  #forbid(): void {
    const { setAuthorizer } = this.#database as DatabaseSync & {
      setAuthorizer?: (ask: (...about: [number, string | null, string | null]) => number) => void;
    };
    setAuthorizer?.call(this.#database, (action, first, second) => {
      if (this.#isOwn) return ALLOW;
      switch (action) {
        case Action.Attach:
        case Action.Detach:
        case Action.Transaction:
        case Action.Savepoint:
          return DENY;
        case Action.Pragma:
          return isReadingPragma(String(first).toLowerCase(), second !== null) ? ALLOW : DENY;
        case Action.Insert:
        case Action.Update:
        case Action.Delete:
        case Action.DropTable:
          return String(first).toLowerCase().startsWith(OWN_TABLES) ? DENY : ALLOW;
        default:
          return ALLOW;
      }
    });
  }
}
