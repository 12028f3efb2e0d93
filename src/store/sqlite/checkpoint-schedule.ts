import type { DatabaseSync } from "node:sqlite";
import type { PackedOperation } from "./group-codec.ts";

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

  /** Notes that `batches` were written, and runs a checkpoint if one is due. */
  written(batches: readonly (readonly PackedOperation[])[]): void {
    for (const operations of batches) {
      for (const { value } of operations) this.#writtenBytes += OPERATION_BYTES + value.byteLength;
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
