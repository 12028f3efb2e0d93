import { AsyncLocalStorage } from "node:async_hooks";
import { Deferred } from "../../base/async/deferred.ts";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import type { SqlChanges, SqlParameters, SqlStatements } from "../definition/database-types.ts";
import { nestedUse, transactionOver, transactionTimedOut } from "../sql/sql-errors.ts";
import { SqlResult } from "../sql/sql-messages.ts";
import { StatementLane } from "./statement-lane.ts";
import type { StatementRunner } from "./statement-runner.ts";

const MAX_WAITING = 1_000;

/**
 * The transaction whose function is running. Code that it calls uses `c.db` inside the transaction, which can never
 * get its turn. Only functions of transactions run with this store, so that messages do not pay for it.
 */
const current = new AsyncLocalStorage<Transaction>();

/** Returns the open transaction of `lane` in whose function this code runs. */
export function transactionAround(lane: StatementLane): Transaction | undefined {
  const transaction = current.getStore();
  return transaction?.isOpen === true && transaction.outer === lane ? transaction : undefined;
}

/** Returns where the caller of `method` is, for an error: ` at report (file:///shop.ts:12:3)`. */
export function callSite(method: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, method);
  const line = holder.stack?.split("\n").find((each) => each.startsWith("    at "));
  return line?.trim() ?? "at an unknown place";
}

export interface TransactionParts {
  readonly clock: Clock;
  readonly runner: StatementRunner;
  /** The lane in which the transaction has its turn. */
  readonly outer: StatementLane;
  readonly site: string;
  readonly timeoutMs: number;
}

/** The `tx` of a transaction: statements that run in order, until the transaction has ended. */
export class Transaction implements SqlStatements {
  readonly outer: StatementLane;
  readonly #parts: TransactionParts;
  readonly #lane = new StatementLane(MAX_WAITING);
  readonly #ended = new Deferred<never>();
  isOpen = true;

  constructor(parts: TransactionParts) {
    this.#parts = parts;
    this.outer = parts.outer;
    this.#ended.promise.catch(() => {}); // it may end after its function has
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

  /** Runs the whole transaction, in its turn. */
  async execute<Result>(work: (tx: SqlStatements) => Promise<Result>): Promise<Result> {
    const { clock, runner, timeoutMs } = this.#parts;
    await runner.control("begin");
    const timer = clock.schedule(() => this.#expire(), timeoutMs, KeepAlive.Yes);
    try {
      const result = await Promise.race([this.#call(work), this.#ended.promise]);
      await Promise.race([this.#lane.idle(), this.#ended.promise]); // statements that were not awaited
      this.#close();
      await runner.control("commit");
      return result;
    } catch (thrown) {
      this.#close();
      // Where that fails, the worker has ended or the file is closed: both have rolled it back.
      await runner.control("rollback").catch(() => {});
      throw thrown;
    } finally {
      timer.cancel();
    }
  }

  /** Ends the transaction with `error`; it is rolled back. */
  end(error: Error): void {
    this.#ended.reject(error);
    this.#close();
  }

  async #call<Result>(work: (tx: SqlStatements) => Promise<Result>): Promise<Result> {
    return await current.run(this, work, this);
  }

  #run(
    sql: string,
    parameters: SqlParameters | undefined,
    result: SqlResult,
  ): ReturnType<StatementRunner["statement"]> {
    if (!this.isOpen) return Promise.reject(transactionOver(this.#parts.site));
    return this.#parts.runner.statement(
      { sql, parameters, result, inTransaction: true },
      this.#lane,
    );
  }

  #expire(): void {
    const { outer, site, timeoutMs } = this.#parts;
    const nested = nestedUse(site, timeoutMs);
    const isNested = outer.rejectWithin(this, nested);
    this.end(isNested ? nested : transactionTimedOut(site, timeoutMs));
  }

  #close(): void {
    this.isOpen = false;
    this.#lane.close(transactionOver(this.#parts.site));
  }
}
