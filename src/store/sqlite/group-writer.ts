import { Deferred } from "../../base/async/deferred.ts";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { nextTurn } from "../../base/node-timers.ts";
import { runClean } from "../../telemetry/context/frames.ts";
import { type CheckedBatch, MAX_BATCH_BYTES, MAX_BATCH_OPERATIONS } from "../contract/limits.ts";
import { closedError } from "../contract/outcomes.ts";
import type { BatchResult } from "../contract/store.ts";
import type { BatchAnswer } from "./batch-writer.ts";
import { GroupPacker } from "./group-codec.ts";
import { Doing, fromSent, toStoreError } from "./sqlite-errors.ts";

/** What applies groups of batches: a thread, or a double of it in tests. */
export interface Writer {
  /** Whether the writer has ended, so that another one must be opened. */
  readonly ended: boolean;
  /**
   * Applies the batches of a group in order. One call at a time.
   *
   * @param group as packed by a {@link GroupPacker}; the writer takes its buffer over
   * @returns one answer for each batch
   * @throws whatever ended the writer, which must then not be used again: the outcome of the batches is unknown
   */
  commit(group: Uint8Array<ArrayBuffer>): Promise<readonly BatchAnswer[]>;
  /** Closes the database cleanly. Not while a commit is running. */
  close(): Promise<void>;
  /** Ends the writer in the middle of what it does; a commit that is running throws. */
  terminate(): void;
}

/** A group is committed as soon as it has this many operations or bytes; one batch is never divided. */
const GROUP_OPERATIONS = 512;
const GROUP_BYTES = 8 * 1024 * 1024;
/** Bounds of the buffer that a group begins with. */
const MIN_BUFFER_BYTES = 4 * 1024;
const MAX_BUFFER_BYTES = 1024 * 1024;
/** Answers that are given in one turn of the event loop: what each leads to runs before the turn ends. */
const ANSWERS_PER_TURN = 32;

interface WaitingBatch {
  readonly batch: CheckedBatch;
  readonly answer: Deferred<BatchResult>;
}

/** Batches that are committed together. */
class Group {
  readonly waiting: WaitingBatch[] = [];
  readonly packer: GroupPacker;
  #operations = 0;
  #bytes = 0;

  constructor(expectedBytes: number) {
    this.packer = new GroupPacker(expectedBytes);
  }

  hasRoomFor({ operations, sizeBytes }: CheckedBatch): boolean {
    return (
      this.#operations + operations.length <= GROUP_OPERATIONS &&
      this.#bytes + sizeBytes <= GROUP_BYTES
    );
  }

  add(batch: CheckedBatch): Promise<BatchResult> {
    this.packer.add(batch.operations);
    this.#operations += batch.operations.length;
    this.#bytes += batch.sizeBytes;
    const answer = new Deferred<BatchResult>();
    this.waiting.push({ batch, answer });
    return answer.promise;
  }
}

/** How the commit of a group has ended. */
type GroupEnd = { readonly answers: readonly BatchAnswer[] } | { readonly error: StoreError };

/** A group that the writer has. */
interface RunningGroup {
  readonly group: Group;
  readonly end: Promise<GroupEnd>;
}

/**
 * Collects the writes of all callers and commits them in groups, so that many writes share one wait for the disk.
 *
 * While a group is being committed, the next one collects. A writer that has ended is replaced before the next group.
 */
export class GroupWriter {
  readonly #openWriter: () => Promise<Writer>;
  #writer: Writer;
  #groups: Group[] = [];
  /** Operations and bytes that were accepted and not answered. */
  #operations = 0;
  #bytes = 0;
  /** Size of the last group, which the next one is expected to have. */
  #expectedBytes = MIN_BUFFER_BYTES;
  #running: Promise<void> | undefined;
  #closing = false;

  /** @param openWriter opens another writer when `writer` has ended */
  constructor(writer: Writer, openWriter: () => Promise<Writer>) {
    this.#writer = writer;
    this.#openWriter = openWriter;
  }

  /**
   * Copies the batch at once. Resolves when it is durable.
   *
   * @throws {@link StoreError} `ERR_STORE_CLOSED`, `ERR_STORE_OVERLOADED`, and what the writer answers
   */
  write(batch: CheckedBatch): Promise<BatchResult> {
    if (this.#closing) return Promise.reject(closedError());
    const operations = this.#operations + batch.operations.length;
    const bytes = this.#bytes + batch.sizeBytes;
    if (operations > MAX_BATCH_OPERATIONS || bytes > MAX_BATCH_BYTES) {
      return Promise.reject(this.#overloaded());
    }
    const answer = this.#groupFor(batch).add(batch);
    this.#operations = operations;
    this.#bytes = bytes;
    // The loop serves all callers, so it must not run in the context of one.
    this.#running ??= runClean(() => this.#run());
    return answer;
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
    const groups = this.#groups;
    this.#groups = [];
    for (const each of groups.flatMap(({ waiting }) => waiting)) {
      this.#settle(each, { error: closedError() });
    }
    this.#writer.terminate();
  }

  #groupFor(batch: CheckedBatch): Group {
    const last = this.#groups.at(-1);
    if (last?.hasRoomFor(batch) === true) return last;
    const group = new Group(this.#expectedBytes);
    this.#groups.push(group);
    return group;
  }

  async #run(): Promise<void> {
    await nextTurn(); // all writes of this turn of the event loop go into one group
    let running = this.#beginNext();
    while (running !== undefined) {
      let next = await this.#answer(running.group, await running.end);
      if (next === undefined) {
        await nextTurn();
        next = this.#beginNext();
      }
      running = next;
    }
    this.#running = undefined;
  }

  #beginNext(): RunningGroup | undefined {
    const group = this.#groups.shift();
    return group === undefined ? undefined : { group, end: this.#commit(group) };
  }

  /** Never rejects. */
  async #commit({ packer }: Group): Promise<GroupEnd> {
    const { bytes } = packer;
    this.#expectedBytes = Math.min(Math.max(bytes.byteLength, MIN_BUFFER_BYTES), MAX_BUFFER_BYTES);
    if (this.#writer.ended) {
      try {
        this.#writer = await this.#openWriter();
      } catch (thrown) {
        return { error: toStoreError(thrown, "the store", Doing.Write) };
      }
    }
    try {
      return { answers: await this.#writer.commit(bytes) };
    } catch (thrown) {
      return { error: unknownOutcome(thrown) };
    }
  }

  /**
   * Gives the answers to a group, a few in each turn. The next group begins meanwhile if it is larger than this one.
   * Otherwise it collects until the end, since what an answer leads to is often another write.
   *
   * @returns the next group, if it has begun
   */
  async #answer({ waiting }: Group, end: GroupEnd): Promise<RunningGroup | undefined> {
    let next: RunningGroup | undefined;
    for (const [at, each] of waiting.entries()) {
      if (at % ANSWERS_PER_TURN === 0) {
        if (at > 0) await nextTurn();
        if (this.#hasMoreThan(waiting.length)) next ??= this.#beginNext();
      }
      this.#settle(each, "error" in end ? end : end.answers[at]);
    }
    return next;
  }

  #hasMoreThan(batches: number): boolean {
    const [group, another] = this.#groups;
    return another !== undefined || (group?.waiting.length ?? 0) > batches;
  }

  #settle(
    { batch, answer }: WaitingBatch,
    end: BatchAnswer | { readonly error: StoreError } | undefined,
  ): void {
    this.#operations -= batch.operations.length;
    this.#bytes -= batch.sizeBytes;
    if (end === undefined) answer.reject(unknownOutcome(undefined));
    else if ("result" in end) answer.resolve(end.result);
    else answer.reject(end.error instanceof StoreError ? end.error : fromSent(end.error));
  }

  #overloaded(): StoreError {
    return new StoreError(
      `${this.#operations} operations of ${this.#bytes} bytes are waiting to be written, of at most ` +
        `${MAX_BATCH_OPERATIONS} operations and ${MAX_BATCH_BYTES} bytes`,
      { code: ErrorCode.StoreOverloaded },
    );
  }
}

function unknownOutcome(cause: unknown): StoreError {
  return new StoreError("the writer ended during a write, which may have taken effect", {
    code: ErrorCode.StoreUnknownOutcome,
    ...(cause === undefined ? {} : { cause }),
  });
}
