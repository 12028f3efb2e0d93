import { availableParallelism } from "node:os";
import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { databaseOver, overloaded } from "./sql-errors.ts";
import type { SqlAnswer, SqlFile, SqlRequest } from "./sql-messages.ts";
import { SqlProcess, type SqlWorker } from "./sql-process.ts";
import { SqlSlot, type SqlSlotOptions, type WorkerEnd } from "./sql-slot.ts";

const MIN_WORKERS = 2;
const MAX_WORKERS = 4;
/** Maximum number of requests that wait for all workers. */
const MAX_WAITING = 10_000;
const CLOSE_TIMEOUT_MS = 30_000;

export interface SqlPoolOptions {
  readonly clock: Clock;
  /** Default: one less than the processors, 2 to 4. */
  readonly maxWorkers?: number;
  /** Starts a worker. Tests pass their own. */
  readonly open?: () => SqlWorker;
  /** Called when a worker has ended that should not have, or was stopped because of a slow statement. */
  readonly replaced?: (why: WorkerEnd, error: Error) => void;
}

/** How a request is run. */
export interface RunOptions {
  /** How long it may run, in milliseconds, before its worker is replaced. */
  readonly timeoutMs: number;
  /** Called when it begins to run. */
  readonly began?: () => void;
}

function defaultWorkers(): number {
  return Math.min(MAX_WORKERS, Math.max(MIN_WORKERS, availableParallelism() - 1));
}

/**
 * The workers that run the SQL of all actors of a system. Each is a process of its own, started when it is needed.
 *
 * SQLite runs a statement in one call, and `node:sqlite` has nothing to interrupt it with: a thread cannot be ended
 * before the statement is, and neither can its process. A process can be killed. What it had committed stays, what it
 * had not is rolled back when the file is opened again.
 *
 * A database belongs to one worker from its first request until it is closed. Its requests run in order.
 */
export class SqlPool {
  readonly #slotOptions: SqlSlotOptions;
  readonly #maxWorkers: number;
  readonly #slots: SqlSlot[] = [];
  readonly #slotOf = new Map<string, SqlSlot>();
  #waiting = 0;
  #closed: Promise<void> | undefined;

  constructor({ clock, maxWorkers, open, replaced }: SqlPoolOptions) {
    this.#maxWorkers = maxWorkers ?? defaultWorkers();
    this.#slotOptions = {
      clock,
      open: open ?? (() => new SqlProcess()),
      replaced: replaced ?? (() => {}),
    };
  }

  /** Number of databases that are open, or may be. */
  get size(): number {
    return this.#slotOf.size;
  }

  /**
   * Runs a request when its worker has time for it.
   *
   * @throws {@link LimelightError} with the codes `ERR_SQL…`, or a `StoreError` for a file that cannot be used
   */
  async run(request: SqlRequest, { timeoutMs, began }: RunOptions): Promise<SqlAnswer> {
    if (this.#closed !== undefined) throw databaseOver();
    if (this.#waiting >= MAX_WAITING) throw overloaded(this.#waiting);
    const answer = new Deferred<SqlAnswer>();
    let waits = true;
    this.#waiting += 1;
    const begin = (): void => {
      if (waits) this.#waiting -= 1;
      waits = false;
    };
    this.#slotFor(request.file.path).push({
      request,
      timeoutMs,
      answer,
      began: () => {
        begin();
        began?.();
      },
    });
    try {
      return await answer.promise;
    } finally {
      begin();
    }
  }

  /** Closes a database after the requests that wait, and forgets it. A later request opens it again. */
  async release(file: SqlFile): Promise<void> {
    const slot = this.#slotOf.get(file.path);
    if (slot === undefined) return;
    try {
      await this.run({ kind: "close", file }, { timeoutMs: CLOSE_TIMEOUT_MS });
    } catch {
      // The worker has ended, and with it everything that it had open.
    }
    this.#slotOf.delete(file.path);
    slot.remove(file.path);
  }

  /** Ends all workers. Requests that wait are rejected with `ERR_LIFE_OVER`. */
  close(): Promise<void> {
    this.#closed ??= Promise.all(this.#slots.map((slot) => slot.close(databaseOver()))).then(
      () => {},
    );
    return this.#closed;
  }

  #slotFor(path: string): SqlSlot {
    let slot = this.#slotOf.get(path);
    if (slot === undefined) {
      slot = this.#leastUsed();
      this.#slotOf.set(path, slot);
      slot.files.add(path);
    }
    return slot;
  }

  /** Returns the slot with the fewest databases; a new one if that one is busy and there may be more. */
  #leastUsed(): SqlSlot {
    let least: SqlSlot | undefined;
    for (const slot of this.#slots) {
      if (least === undefined || slot.files.size < least.files.size) least = slot;
    }
    if (least !== undefined && (!least.isBusy || this.#slots.length >= this.#maxWorkers)) {
      return least;
    }
    const slot = new SqlSlot(this.#slotOptions);
    this.#slots.push(slot);
    return slot;
  }
}
