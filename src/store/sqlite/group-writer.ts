import { Deferred } from "../../base/deferred.ts";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { nextTurn } from "../../base/node-timers.ts";
import { runClean } from "../../telemetry/context/frames.ts";
import { type AcceptedBatch, MAX_BATCH_BYTES, MAX_BATCH_OPERATIONS } from "../contract/limits.ts";
import { closedError } from "../contract/outcomes.ts";
import type { BatchResult } from "../contract/store.ts";
import { Doing, fromSent, toStoreError } from "./sqlite-errors.ts";
import type { Writer } from "./writer.ts";

/** A group is committed as soon as it has this many operations or bytes; one batch is never divided. */
const GROUP_OPERATIONS = 512;
const GROUP_BYTES = 8 * 1024 * 1024;

interface WaitingBatch {
  readonly batch: AcceptedBatch;
  readonly answer: Deferred<BatchResult>;
}

/**
 * Collects the writes of all callers and commits them in groups, so that many writes share one wait for the disk.
 *
 * While a group is being committed, the next one collects. A writer that has ended is replaced before the next group.
 */
export class GroupWriter {
  readonly #openWriter: () => Promise<Writer>;
  #writer: Writer;
  #queue: WaitingBatch[] = [];
  /** Operations and bytes that were accepted and not answered. */
  #operations = 0;
  #bytes = 0;
  #running: Promise<void> | undefined;
  #closing = false;

  /** @param openWriter opens another writer when `writer` has ended */
  constructor(writer: Writer, openWriter: () => Promise<Writer>) {
    this.#writer = writer;
    this.#openWriter = openWriter;
  }

  /**
   * Resolves when the batch is durable.
   *
   * @throws {@link StoreError} `ERR_STORE_CLOSED`, `ERR_STORE_OVERLOADED`, and what the writer answers
   */
  async write(batch: AcceptedBatch): Promise<BatchResult> {
    if (this.#closing) throw closedError();
    const operations = this.#operations + batch.operations.length;
    const bytes = this.#bytes + batch.sizeBytes;
    if (operations > MAX_BATCH_OPERATIONS || bytes > MAX_BATCH_BYTES) {
      throw new StoreError(
        `${this.#operations} operations of ${this.#bytes} bytes are waiting to be written, of at most ` +
          `${MAX_BATCH_OPERATIONS} operations and ${MAX_BATCH_BYTES} bytes`,
        { code: ErrorCode.StoreOverloaded },
      );
    }
    this.#operations = operations;
    this.#bytes = bytes;
    const answer = new Deferred<BatchResult>();
    this.#queue.push({ batch, answer });
    // The loop serves all callers, so it must not run in the context of one.
    this.#running ??= runClean(() => this.#run());
    return answer.promise;
  }

  /** Accepts no further writes, completes those there are, and closes the writer. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#running;
    if (!this.#writer.ended) await this.#writer.close();
  }

  /** Ends the writer in the middle of what it does. Writes that are waiting are rejected. */
  terminate(): void {
    this.#closing = true;
    const waiting = this.#queue;
    this.#queue = [];
    for (const each of waiting) this.#settle(each, () => each.answer.reject(closedError()));
    this.#writer.terminate();
  }

  async #run(): Promise<void> {
    do {
      await nextTurn(); // all writes of this turn of the event loop go into one group
      const group = this.#takeGroup();
      if (group.length > 0) await this.#commit(group);
    } while (this.#queue.length > 0);
    this.#running = undefined;
  }

  #takeGroup(): WaitingBatch[] {
    let [operations, bytes, count] = [0, 0, 0];
    for (const { batch } of this.#queue) {
      operations += batch.operations.length;
      bytes += batch.sizeBytes;
      if (count > 0 && (operations > GROUP_OPERATIONS || bytes > GROUP_BYTES)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(group: readonly WaitingBatch[]): Promise<void> {
    let writer: Writer;
    try {
      const current = this.#writer;
      writer = current === undefined || current.ended ? await this.#openWriter() : current;
      this.#writer = writer;
    } catch (thrown) {
      const error = toStoreError(thrown, "the store", Doing.Write);
      for (const each of group) this.#settle(each, () => each.answer.reject(error));
      return;
    }
    try {
      const answers = await writer.commit(group.map(({ batch }) => batch.operations));
      for (const [at, each] of group.entries()) {
        const answer = answers[at];
        this.#settle(each, () => {
          if (answer === undefined) each.answer.reject(unknownOutcome(undefined));
          else if ("result" in answer) each.answer.resolve(answer.result);
          else each.answer.reject(fromSent(answer.error));
        });
      }
    } catch (thrown) {
      for (const each of group)
        this.#settle(each, () => each.answer.reject(unknownOutcome(thrown)));
    }
  }

  #settle({ batch }: WaitingBatch, settle: () => void): void {
    this.#operations -= batch.operations.length;
    this.#bytes -= batch.sizeBytes;
    settle();
  }
}

function unknownOutcome(cause: unknown): StoreError {
  return new StoreError("the writer ended during a write, which may have taken effect", {
    code: ErrorCode.StoreUnknownOutcome,
    ...(cause === undefined ? {} : { cause }),
  });
}
