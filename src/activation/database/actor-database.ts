import { createHash } from "node:crypto";
import { type Clock, DAY_MS } from "../../base/clock.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { numberOption, optionKeys, requireKnownKeys } from "../../base/options.ts";
import type {
  ActorDatabase,
  DatabaseMigration,
  SqlChanges,
  SqlParameters,
  SqlStatements,
  TransactionOptions,
} from "../definition/database-types.ts";
import type { DatabaseSettings } from "../definition/keyed-settings.ts";
import { databaseOver } from "../sql/sql-errors.ts";
import { type SentMigration, type SqlFile, SqlResult } from "../sql/sql-messages.ts";
import type { SqlPool } from "../sql/sql-pool.ts";
import { StatementLane } from "./statement-lane.ts";
import { StatementRunner } from "./statement-runner.ts";
import type { SqlObserver } from "./statement-watch.ts";
import { callSite, Transaction, transactionAround } from "./transaction.ts";

const DEFAULT_TRANSACTION_MS = 5_000;
const OPTIONS = optionKeys<TransactionOptions>({ timeoutMs: true });
/** Migrations may rebuild large tables, so their limit is not the one for statements. */
const MIGRATIONS_TIMEOUT_MS = 600_000;
/** Maximum number of statements of one actor that wait. */
const MAX_WAITING = 1_000;

/** Line ends differ between checkouts of one file, and mean the same to SQLite. */
function toSent({ name, sql }: DatabaseMigration): SentMigration {
  const sha256 = createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex");
  return { name, sql, sha256 };
}

const sentOf = new WeakMap<DatabaseSettings, readonly SentMigration[]>();

function sentMigrations(settings: DatabaseSettings): readonly SentMigration[] {
  const known = sentOf.get(settings);
  if (known !== undefined) return known;
  const sent = settings.migrations.map(toSent);
  sentOf.set(settings, sent);
  return sent;
}

export interface DatabaseParts {
  readonly clock: Clock;
  readonly pool: SqlPool;
  readonly file: SqlFile;
  readonly settings: DatabaseSettings;
  readonly observer: SqlObserver;
}

/** The database of one life of an actor. */
export class OpenDatabase implements ActorDatabase {
  readonly #parts: DatabaseParts;
  readonly #lane = new StatementLane(MAX_WAITING);
  readonly #runner: StatementRunner;
  #transaction: Transaction | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: DatabaseParts) {
    const { pool, file, settings, observer } = parts;
    this.#parts = parts;
    const { statementTimeoutMs } = settings;
    this.#runner = new StatementRunner({ pool, file, observer, statementTimeoutMs });
  }

  /**
   * Opens the file, and creates it if that is allowed.
   *
   * @returns the names of the migrations that were not applied yet
   * @throws {@link LimelightError} `ERR_DATABASE_MIGRATION`, or a `StoreError` for a file that cannot be used
   */
  async open(): Promise<readonly string[]> {
    const { pool, file, settings } = this.#parts;
    const request = { kind: "open", file, migrations: sentMigrations(settings) } as const;
    return (await pool.run(request, { timeoutMs: MIGRATIONS_TIMEOUT_MS })).migrations;
  }

  /**
   * Opens the file as {@link open} does, and applies the migrations that were not applied yet.
   *
   * @returns the names of those that were applied
   */
  async migrate(): Promise<readonly string[]> {
    const { clock, pool, file, settings } = this.#parts;
    const migrations = sentMigrations(settings);
    const request = { kind: "migrate", file, migrations, nowMs: clock.epochMs() } as const;
    return (await pool.run(request, { timeoutMs: MIGRATIONS_TIMEOUT_MS })).migrations;
  }

  async all<Row extends object>(sql: string, parameters?: SqlParameters): Promise<readonly Row[]> {
    const { rows } = await this.#run(sql, parameters, SqlResult.All);
    return rows as readonly unknown[] as readonly Row[];
  }

  async get<Row extends object>(sql: string, parameters?: SqlParameters): Promise<Row | undefined> {
    const { rows } = await this.#run(sql, parameters, SqlResult.Get);
    return rows[0] as Row | undefined;
  }

  async run(sql: string, parameters?: SqlParameters): Promise<SqlChanges> {
    const { changes, lastInsertRowid } = await this.#run(sql, parameters, SqlResult.Run);
    return { changes, lastInsertRowid };
  }

  transaction<Result>(
    work: (tx: SqlStatements) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    return this.#transact(work, options, callSite(this.transaction));
  }

  /**
   * Ends an open transaction, rejects what waits, and closes the file. Later calls have no effect.
   *
   * The statement that is running ends first, or is stopped at its time-out.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #run(
    sql: string,
    parameters: SqlParameters | undefined,
    result: SqlResult,
  ): ReturnType<StatementRunner["statement"]> {
    const within = transactionAround(this.#lane);
    return this.#runner.statement(
      { sql, parameters, result, inTransaction: false },
      this.#lane,
      within,
    );
  }

  async #transact<Result>(
    work: (tx: SqlStatements) => Promise<Result>,
    options: TransactionOptions,
    site: string,
  ): Promise<Result> {
    if (typeof work !== "function") {
      throw new UsageError("`transaction` needs a function", { code: ErrorCode.InvalidOption });
    }
    requireKnownKeys("`transaction`", options, OPTIONS);
    const bounds = { min: 1, max: DAY_MS };
    const timeoutMs = numberOption("timeoutMs", options.timeoutMs, DEFAULT_TRANSACTION_MS, bounds);
    const { clock } = this.#parts;
    const parts = { clock, runner: this.#runner, outer: this.#lane, site, timeoutMs };
    return this.#lane.enter(async () => {
      const transaction = new Transaction(parts);
      this.#transaction = transaction;
      try {
        return await transaction.execute(work);
      } finally {
        this.#transaction = undefined;
      }
    }, transactionAround(this.#lane));
  }

  async #close(): Promise<void> {
    const over = databaseOver();
    this.#lane.close(over);
    this.#transaction?.end(over);
    await this.#parts.pool.release(this.#parts.file);
  }
}
