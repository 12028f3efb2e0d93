import type { DatabaseSync } from "node:sqlite";
import { WriteKind, type WriteOperation } from "../contract/store.ts";

/** A checkpoint is due after about this many bytes of log. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024;
/** A small write adds about half a page to the log; a commit of many writes shares pages among them. */
const OPERATION_BYTES = 4_096;

/**
 * Moves the write-ahead log into the database after some amount of writing.
 *
 * SQLite would do this in the commit that reaches the limit, whose writers would wait for it. Here it happens after
 * the commit was answered.
 */
export class CheckpointSchedule {
  readonly #database: DatabaseSync;
  #writtenBytes = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Notes that `operations` were written, and runs a checkpoint if one is due. */
  written(operations: readonly WriteOperation[]): void {
    for (const operation of operations) {
      const valueBytes = operation.kind === WriteKind.Put ? operation.value.byteLength : 0;
      this.#writtenBytes += OPERATION_BYTES + valueBytes;
    }
    if (this.#writtenBytes < CHECKPOINT_BYTES) return;
    this.#writtenBytes = 0;
    try {
      this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // The log stays longer, such as on a full disk. All commits are in it, and the next checkpoint tries again.
    }
  }
}
