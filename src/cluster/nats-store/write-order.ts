import { randomBytes } from "node:crypto";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { SteadyMap } from "../../base/steady-map.ts";
import {
  type CheckedBatch,
  MAX_BATCH_BYTES,
  MAX_BATCH_OPERATIONS,
} from "../../store/contract/limits.ts";
import { closedError } from "../../store/contract/outcomes.ts";

/** Runs writes in the order of the calls where they concern the same home, and others at the same time. Bounded. */
export class WriteOrder {
  /** The last write of each home that has one under way. It never rejects. */
  readonly #tails = new SteadyMap<string, Promise<void>>();
  /** The last write that concerns all homes. */
  #barrier: Promise<void> | undefined;
  #operations = 0;
  #bytes = 0;
  #closed = false;

  /**
   * Runs `write` after all earlier writes of `subjects`.
   *
   * @throws {@link StoreError} `ERR_STORE_CLOSED`, `ERR_STORE_OVERLOADED`: it was not run
   */
  run<Result>(
    batch: CheckedBatch,
    subjects: readonly string[],
    write: () => Promise<Result>,
  ): Promise<Result> {
    const before: Promise<void>[] = this.#barrier === undefined ? [] : [this.#barrier];
    for (const subject of subjects) {
      const tail = this.#tails.get(subject);
      if (tail !== undefined) before.push(tail);
    }
    const running = this.#accept(batch, before, write);
    const tail = running.then(nothing, nothing);
    for (const subject of subjects) this.#tails.set(subject, tail);
    void tail.then(() => {
      for (const subject of subjects) {
        if (this.#tails.get(subject) === tail) this.#tails.delete(subject);
      }
    });
    return running;
  }

  /** Runs `write` after all earlier writes; later ones wait for it. */
  runAlone<Result>(batch: CheckedBatch, write: () => Promise<Result>): Promise<Result> {
    const running = this.#accept(batch, this.#all, write);
    const barrier = running.then(nothing, nothing);
    this.#barrier = barrier;
    void barrier.then(() => {
      if (this.#barrier === barrier) this.#barrier = undefined;
    });
    return running;
  }

  /** Accepts no further writes. Resolves when those that were accepted have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#all);
  }

  get #all(): Promise<void>[] {
    return [...this.#tails.values(), ...(this.#barrier === undefined ? [] : [this.#barrier])];
  }

  async #accept<Result>(
    { operations, sizeBytes }: CheckedBatch,
    before: readonly Promise<void>[],
    write: () => Promise<Result>,
  ): Promise<Result> {
    if (this.#closed) throw closedError();
    this.#requireRoom(operations.length, sizeBytes);
    this.#operations += operations.length;
    this.#bytes += sizeBytes;
    try {
      if (before.length > 0) await Promise.all(before);
      return await write();
    } finally {
      this.#operations -= operations.length;
      this.#bytes -= sizeBytes;
    }
  }

  #requireRoom(operations: number, sizeBytes: number): void {
    if (
      this.#operations + operations <= MAX_BATCH_OPERATIONS &&
      this.#bytes + sizeBytes <= MAX_BATCH_BYTES
    ) {
      return;
    }
    throw new StoreError(
      `${this.#operations} operations of ${this.#bytes} bytes are waiting to be written, of at most ` +
        `${MAX_BATCH_OPERATIONS} operations and ${MAX_BATCH_BYTES} bytes`,
      { code: ErrorCode.StoreOverloaded },
    );
  }
}

function nothing(): void {}

const ID_BYTES = 8;
/** Ids that are made at once: each call of the generator costs as much as a small write. */
const IDS_AT_ONCE = 128;

/** Random ids of writes: 16 hexadecimal digits. */
export class WriteIds {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  next(): string {
    if (this.#at === this.#bytes.length) {
      this.#bytes = randomBytes(ID_BYTES * IDS_AT_ONCE);
      this.#at = 0;
    }
    const from = this.#at;
    this.#at += ID_BYTES;
    return this.#bytes.toString("hex", from, this.#at);
  }
}
