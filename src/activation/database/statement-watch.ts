import type { SqlAnswer } from "../sql/sql-messages.ts";

/** Follows one statement from its call to its end. */
export interface StatementWatch {
  /** A worker has begun with it. */
  readonly began: () => void;
  ended(answer: SqlAnswer): void;
  failed(thrown: unknown): void;
}

/** What is told of the statements of one actor. */
export interface SqlObserver {
  watch(sql: string): StatementWatch;
}
