import type { SqlParameters } from "../definition/database-types.ts";
import type { SqlAnswer, SqlFile, SqlResult } from "../sql/sql-messages.ts";
import type { SqlPool } from "../sql/sql-pool.ts";
import { acceptParameters } from "./sql-parameters.ts";
import type { StatementLane } from "./statement-lane.ts";
import type { SqlObserver } from "./statement-watch.ts";

/** A statement of the user. */
export interface StatementCall {
  readonly sql: string;
  readonly parameters: SqlParameters | undefined;
  readonly result: SqlResult;
  readonly inTransaction: boolean;
}

export interface RunnerParts {
  readonly pool: SqlPool;
  readonly file: SqlFile;
  readonly observer: SqlObserver;
  readonly statementTimeoutMs: number;
}

/** Runs statements of one database, and reports each of them. */
export class StatementRunner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /**
   * Runs a statement when it is its turn in `lane`.
   *
   * @param within the transaction in whose function it was called
   */
  async statement(call: StatementCall, lane: StatementLane, within?: object): Promise<SqlAnswer> {
    const { pool, file, observer, statementTimeoutMs: timeoutMs } = this.#parts;
    const parameters = acceptParameters(call.sql, call.parameters);
    const watch = observer.watch(call.sql);
    try {
      const answer = await lane.enter(
        () =>
          pool.run(
            { ...call, kind: "statement", file, parameters },
            { timeoutMs, began: watch.began },
          ),
        within,
      );
      watch.ended(answer);
      return answer;
    } catch (thrown) {
      watch.failed(thrown);
      throw thrown;
    }
  }

  /** Begins or ends a transaction. */
  async control(kind: "begin" | "commit" | "rollback"): Promise<void> {
    const { pool, file, observer, statementTimeoutMs: timeoutMs } = this.#parts;
    const watch = observer.watch(kind.toUpperCase());
    try {
      watch.ended(await pool.run({ kind, file }, { timeoutMs, began: watch.began }));
    } catch (thrown) {
      watch.failed(thrown);
      throw thrown;
    }
  }
}
