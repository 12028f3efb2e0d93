import { type ErrorCode, StoreError, type StoreErrorCode } from "../../src/base/errors.ts";
import type { BatchResult, WriteOperation } from "../../src/store/contract/store.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";

/** Whether a batch whose outcome is unknown has been written, is not, or is written at a later time. */
export type Written = "yes" | "no" | "later";

/** What happens to one batch. */
type Fault = (apply: () => Promise<BatchResult>) => Promise<BatchResult>;

/** A store in memory whose next batches fail, or wait, as told. Batches without a fault succeed. */
export class FaultyStore extends MemoryStore {
  readonly #faults: Fault[] = [];
  /** Batches as they were sent, in order. */
  readonly batches: (readonly WriteOperation[])[] = [];
  #applyLate: (() => Promise<BatchResult>) | undefined;

  /** Refuses the next batch. */
  refuse(code: StoreErrorCode, times = 1): this {
    const refused: Fault = () => Promise.reject(new StoreError(`refused with ${code}`, { code }));
    this.#faults.push(...Array<Fault>(times).fill(refused));
    return this;
  }

  /** Throws something that is no error of a store for the next batch. */
  throwing(thrown: unknown): this {
    this.#faults.push(() => Promise.reject(thrown));
    return this;
  }

  /** Makes the outcome of the next batch unknown. */
  lose(written: Written): this {
    this.#faults.push(async (apply) => {
      if (written === "yes") await apply();
      if (written === "later") this.#applyLate = apply;
      const code: ErrorCode & StoreErrorCode = "ERR_STORE_UNKNOWN_OUTCOME";
      throw new StoreError("the writer has ended", { code });
    });
    return this;
  }

  /** Applies the batch that was lost, to be written later. */
  async applyLate(): Promise<void> {
    await this.#applyLate?.();
  }

  /** Makes the next batch wait until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#faults.push(async (apply) => {
      await promise;
      return apply();
    });
    return resolve;
  }

  override async batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    this.batches.push(operations);
    const apply = (): Promise<BatchResult> => super.batch(operations);
    const fault = this.#faults.shift();
    return fault === undefined ? apply() : fault(apply);
  }

  /** The value of a key as text; `undefined` if there is none. */
  async text(key: string): Promise<string | undefined> {
    const entry = await this.get(key);
    return entry === undefined ? undefined : Buffer.from(entry.value).toString();
  }
}
