/** A value of a column or parameter. Integers beyond 2^53 are read as `bigint`. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** Parameters of a statement: by position for `?`, or by name for `:name`. */
export type SqlParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/** What a statement has changed. */
export interface SqlChanges {
  /** Number of inserted, updated or deleted rows. */
  readonly changes: number;
  /** Row id of the last inserted row. */
  readonly lastInsertRowid: number | bigint;
}

/**
 * Runs single SQL statements. Every method rejects with `ERR_SQL` when the statement fails, `ERR_SQL_TIMEOUT` when it
 * ran too long and was stopped, and `ERR_SQL_OVERLOADED` when too many statements wait.
 */
export interface SqlStatements {
  /** Resolves with all rows. */
  all<Row extends object>(sql: string, parameters?: SqlParameters): Promise<readonly Row[]>;
  /** Resolves with the first row, or with `undefined` if there is none. */
  get<Row extends object>(sql: string, parameters?: SqlParameters): Promise<Row | undefined>;
  /** Runs a statement whose rows are not needed. */
  run(sql: string, parameters?: SqlParameters): Promise<SqlChanges>;
}

/** Options of {@link ActorDatabase.transaction}. */
export interface TransactionOptions {
  /** Rolls the transaction back when it takes longer, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

/**
 * The SQLite database of one keyed actor. It commits by itself, not with the state. Values never appear in logs and
 * spans.
 *
 * @example
 * ```ts
 * const board = defineKeyedActor("board", {
 *   database: {
 *     migrations: [
 *       { name: "001-score", sql: "CREATE TABLE score (player TEXT PRIMARY KEY, points INTEGER NOT NULL) STRICT" },
 *     ],
 *   },
 *   handlers: {
 *     report: (c, player: string, points: number) =>
 *       c.db.run("INSERT OR REPLACE INTO score VALUES (?, ?)", [player, points]),
 *     top: (c) => c.db.all("SELECT player FROM score ORDER BY points DESC LIMIT 10"),
 *     points: (c, player: string) =>
 *       c.db.get<{ points: number }>("SELECT points FROM score WHERE player = :player", { player }),
 *     rename: (c, from: string, to: string) =>
 *       c.db.transaction(async (tx) => {
 *         if ((await tx.get("SELECT 1 FROM score WHERE player = ?", [to])) !== undefined) return;
 *         await tx.run("UPDATE score SET player = ? WHERE player = ?", [to, from]);
 *       }),
 *   },
 * });
 * ```
 */
export interface ActorDatabase extends SqlStatements {
  /**
   * Runs several statements as one. Rolled back when `work` rejects or the time-out passes, or when the actor ends.
   *
   * Rejects with what `work` rejects with, `ERR_SQL_TIMEOUT`, or an error of the commit. Within `work`, a statement of
   * `c.db` waits for the transaction, and rejects with `ERR_SQL_NESTED` after its time-out. Afterwards, `tx` rejects
   * with `ERR_SQL_TRANSACTION_OVER`.
   */
  transaction<Result>(
    work: (tx: SqlStatements) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
}

/** One step of the schema of an actor's database. */
export interface DatabaseMigration {
  /** Identifies the migration; unique in the definition, 1 to 200 characters. */
  readonly name: string;
  /** One or more statements, which run in a transaction. A later change of the text is refused. */
  readonly sql: string;
}

/** Options of the database of a keyed actor. */
export interface DatabaseOptions {
  /** The schema, as steps in order. Those not applied yet run when the actor wakes, before `onCreate`. */
  readonly migrations: readonly DatabaseMigration[];
  /** How long a statement may run before it is stopped, in milliseconds. Default 5,000. */
  readonly statementTimeoutMs?: number;
  /** A statement that runs longer is logged as a warning, in milliseconds. Default 100. */
  readonly slowStatementMs?: number;
  /** Maximum size of the database, in bytes. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Whether spans carry the text of statements, shortened, with `?` in place of values. Default: no. */
  readonly traceSql?: boolean;
}
