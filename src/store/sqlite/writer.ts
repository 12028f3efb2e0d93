import type { WriteOperation } from "../contract/store.ts";
import type { BatchAnswer } from "./batch-writer.ts";

/** What applies groups of batches: a thread, or a double of it in tests. */
export interface Writer {
  /** Whether the writer has ended, so that another one must be opened. */
  readonly ended: boolean;
  /**
   * Applies `batches` in order. One call at a time.
   *
   * @returns one answer for each batch
   * @throws whatever ended the writer, which must then not be used again: the outcome of the batches is unknown
   */
  commit(batches: readonly (readonly WriteOperation[])[]): Promise<readonly BatchAnswer[]>;
  /** Closes the database cleanly. Not while a commit is running. */
  close(): Promise<void>;
  /** Ends the writer in the middle of what it does; a commit that is running throws. */
  terminate(): void;
}
