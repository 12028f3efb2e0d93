import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { conflictError } from "../contract/outcomes.ts";
import { ABSENT, type BatchResult, WriteKind } from "../contract/store.ts";
import type { PackedOperation } from "./group-codec.ts";
import { checksumOf, rangeOf, toText } from "./row.ts";
import { Doing, type SentError, toSent, toStoreError } from "./sqlite-errors.ts";

/** What became of a batch. */
export type BatchAnswer = { readonly result: BatchResult } | { readonly error: SentError };

/** The rows that all batches of a group share. */
interface Progress {
  readonly epoch: number;
  readonly sequence: number;
}

/** Applies groups of batches, each group in one transaction. Runs in the thread of the writer. */
export class BatchWriter {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #epoch: number;
  readonly #readProgress: StatementSync;
  readonly #writeSequence: StatementSync;
  readonly #revision: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteRange: StatementSync;

  /** @param epoch number of this opening of the file; writes stop when another process has opened it since */
  constructor(database: DatabaseSync, file: string, epoch: number) {
    this.#database = database;
    this.#file = file;
    this.#epoch = epoch;
    this.#readProgress = database.prepare("SELECT epoch, sequence FROM store");
    this.#writeSequence = database.prepare("UPDATE store SET sequence = ?");
    this.#revision = database.prepare("SELECT revision FROM entries WHERE key = ?");
    // Node before 22.16 binds an array without bytes as NULL.
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, coalesce(?, x''))",
    );
    this.#delete = database.prepare("DELETE FROM entries WHERE key = ?");
    this.#deleteRange = database.prepare("DELETE FROM entries WHERE key >= ? AND key < ?");
  }

  /** Applies `batches` in order and returns one answer for each, after all that succeeded are durable. */
  commit(batches: readonly (readonly PackedOperation[])[]): BatchAnswer[] {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
    } catch (thrown) {
      return this.#allFailed(batches, toStoreError(thrown, this.#file, Doing.Write));
    }
    try {
      return this.#finish(this.#applyAll(batches));
    } catch (thrown) {
      this.#rollBack();
      const error = toStoreError(thrown, this.#file, Doing.Write);
      const isShared = batches.length > 1 && error.code !== ErrorCode.StoreFull;
      // One batch may have touched a damaged page; the others must not fail with it.
      if (isShared) return batches.flatMap((batch) => this.commit([batch]));
      return this.#allFailed(batches, error);
    }
  }

  #applyAll(batches: readonly (readonly PackedOperation[])[]): BatchAnswer[] {
    const { epoch, sequence } = this.#readProgress.get() as unknown as Progress;
    if (epoch !== this.#epoch) {
      throw new StoreError(`${this.#file} was opened by another process`, {
        code: ErrorCode.StoreLocked,
      });
    }
    let revision = sequence;
    return batches.map((batch) => {
      const conflict = this.#conflictOf(batch);
      if (conflict !== undefined) return { error: toSent(conflict) };
      revision += 1;
      let deleted = 0;
      for (const operation of batch) deleted += this.#apply(operation, revision);
      return { result: { revision, deleted } };
    });
  }

  #finish(answers: BatchAnswer[]): BatchAnswer[] {
    const last = answers.findLast((answer) => "result" in answer);
    if (last === undefined) {
      this.#rollBack();
      return answers;
    }
    this.#writeSequence.run(last.result.revision);
    try {
      this.#database.exec("COMMIT");
      return answers;
    } catch (thrown) {
      this.#rollBack();
      const error = toStoreError(thrown, this.#file, Doing.Commit);
      return answers.map((answer) => ("result" in answer ? { error: toSent(error) } : answer));
    }
  }

  /** Returns the error of the first condition that does not hold. */
  #conflictOf(batch: readonly PackedOperation[]): StoreError | undefined {
    for (const { key, expectedRevision } of batch) {
      if (expectedRevision === undefined) continue;
      const revision = this.#revisionOf(key);
      if (revision !== expectedRevision) {
        return conflictError(toText(key), revision, expectedRevision);
      }
    }
    return undefined;
  }

  #apply({ kind, key, value }: PackedOperation, revision: number): number {
    switch (kind) {
      case WriteKind.Put:
        this.#put.run(key, revision, checksumOf(key, value, revision), value);
        return 0;
      case WriteKind.Delete:
        return Number(this.#delete.run(key).changes);
      case WriteKind.DeletePrefix: {
        const { from, to } = rangeOf(toText(key));
        return Number(this.#deleteRange.run(from, to).changes);
      }
      case WriteKind.Check:
        return 0;
    }
  }

  #revisionOf(key: Uint8Array): number {
    const row = this.#revision.get(key) as { readonly revision: number } | undefined;
    return row?.revision ?? ABSENT;
  }

  #allFailed(batches: readonly unknown[], error: StoreError): BatchAnswer[] {
    const sent = toSent(error);
    return batches.map(() => ({ error: sent }));
  }

  /** SQLite rolls back by itself after some errors; there is then no transaction to end. */
  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // No transaction is active.
    }
  }
}
