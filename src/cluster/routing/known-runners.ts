import { decodeRunner } from "../codec/runner-codec.ts";
import type { KeyValue, KeyValueListener, Watch } from "../engine/key-value.ts";
import { type RunnerRecord, RunnerStatus } from "../protocol/runner-record.ts";

/** What {@link KnownRunners} works with. */
export interface KnownRunnersParts {
  /** `session.runners`. */
  readonly runners: KeyValue;
  /** Called for a record that cannot be read. */
  readonly unreadable: (runnerId: string, error: unknown) => void;
}

/** The runners of a cluster, as their records say. */
export class KnownRunners {
  readonly #parts: KnownRunnersParts;
  readonly #records = new Map<string, RunnerRecord>();
  readonly #gone = new Set<(runnerId: string, hasLeft: boolean) => void>();
  #watch: Watch | undefined;

  constructor(parts: KnownRunnersParts) {
    this.#parts = parts;
  }

  /** Resolves when all records have been read. After it has rejected, it can be called again. */
  async open(): Promise<void> {
    this.#records.clear(); // those that were read before it failed may be gone
    const listener: KeyValueListener = {
      changed: ({ key, value }) => this.#changed(key, value),
      removed: (key) => {
        if (this.#records.delete(key)) this.#tell(key, false);
      },
      current: () => {},
    };
    this.#watch = await this.#parts.runners.watch("", listener);
  }

  close(): void {
    this.#watch?.stop();
  }

  /**
   * Calls `listener` when a runner has left in order (`hasLeft`) or was lost, at least once.
   *
   * @returns what ends it
   */
  onGone(listener: (runnerId: string, hasLeft: boolean) => void): () => void {
    this.#gone.add(listener);
    return () => this.#gone.delete(listener);
  }

  find(runnerId: string): RunnerRecord | undefined {
    return this.#records.get(runnerId);
  }

  all(): Iterable<RunnerRecord> {
    return this.#records.values();
  }

  /** Whether a runner is known to be gone. One whose record was not seen yet is not. */
  isGone(runnerId: string): boolean {
    const status = this.#records.get(runnerId)?.status;
    return status === RunnerStatus.Left || status === RunnerStatus.Lost;
  }

  #changed(runnerId: string, value: Uint8Array): void {
    let record: RunnerRecord;
    try {
      record = decodeRunner(value);
    } catch (error) {
      this.#parts.unreadable(runnerId, error);
      return;
    }
    this.#records.set(runnerId, record);
    if (this.isGone(runnerId)) this.#tell(runnerId, record.status === RunnerStatus.Left);
  }

  #tell(runnerId: string, hasLeft: boolean): void {
    for (const listener of this.#gone) listener(runnerId, hasLeft);
  }
}
