import type { Deferred } from "../../base/async/deferred.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import { runClean } from "../../telemetry/context/frames.ts";
import { fromFailure, interrupted, statementTimedOut, unsent } from "./sql-errors.ts";
import type { SqlAnswer, SqlRequest } from "./sql-messages.ts";
import { type SqlWorker, UnsentRequest } from "./sql-process.ts";

/** A worker without an open database ends after this time. */
const IDLE_MS = 60_000;
/** How long a worker may take to close its files before it is killed. */
const CLOSE_MS = 5_000;

/** A request that waits or runs. */
export interface SqlJob {
  readonly request: SqlRequest;
  /** How long it may run; waiting does not count. */
  readonly timeoutMs: number;
  /** Called when a worker begins with it. */
  readonly began: () => void;
  readonly answer: Deferred<SqlAnswer>;
}

/** Why a worker was replaced: its statement ran too long, or it ended by itself. */
export const WorkerEnd = { Stopped: "stopped", Crashed: "crashed" } as const;
export type WorkerEnd = (typeof WorkerEnd)[keyof typeof WorkerEnd];

export interface SqlSlotOptions {
  readonly clock: Clock;
  readonly open: () => SqlWorker;
  readonly replaced: (why: WorkerEnd, error: Error) => void;
}

/** The place of one worker in the pool, with the requests that wait for it. They run one at a time, in order. */
export class SqlSlot {
  readonly #options: SqlSlotOptions;
  /** Paths of the databases that belong to this slot. */
  readonly files: Set<string> = new Set();
  #queue: SqlJob[] = [];
  #worker: SqlWorker | undefined;
  #working: Promise<void> | undefined;
  #idleTimer: ClockTimer | undefined;

  constructor(options: SqlSlotOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#working !== undefined;
  }

  push(job: SqlJob): void {
    this.#queue.push(job);
    // The loop serves all actors, so it must not run in the context of one.
    this.#working ??= runClean(() => this.#work());
  }

  /** Removes a database. The worker ends when it has had none for a while. */
  remove(path: string): void {
    this.files.delete(path);
    if (this.files.size > 0) return;
    this.#idleTimer?.cancel();
    this.#idleTimer = this.#options.clock.schedule(() => this.#retire(), IDLE_MS, KeepAlive.No);
  }

  /** Rejects what waits, stops what runs, and ends the worker. */
  async close(error: Error): Promise<void> {
    this.#idleTimer?.cancel();
    for (const job of this.#queue.splice(0)) job.answer.reject(error);
    const worker = this.#worker;
    if (worker === undefined) return;
    if (this.isBusy) worker.kill();
    else worker.close();
    const timer = this.#options.clock.schedule(() => worker.kill(), CLOSE_MS, KeepAlive.Yes);
    await worker.ended;
    timer.cancel();
  }

  async #work(): Promise<void> {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      await this.#run(job);
    }
    this.#working = undefined;
  }

  async #run(job: SqlJob): Promise<void> {
    let worker: SqlWorker;
    try {
      worker = await this.#ready();
    } catch (thrown) {
      this.#worker = undefined;
      job.answer.reject(interrupted(thrown));
      return;
    }
    job.began();
    let isStopped = false;
    const stop = (): void => {
      isStopped = true;
      worker.kill();
    };
    const timer = this.#options.clock.schedule(stop, job.timeoutMs, KeepAlive.Yes);
    try {
      const reply = await worker.request(job.request);
      if (reply.kind === "answer") job.answer.resolve(reply.answer);
      else if (reply.kind === "failure") job.answer.reject(fromFailure(reply.error));
    } catch (thrown) {
      if (thrown instanceof UnsentRequest) {
        job.answer.reject(unsent(thrown));
        return;
      }
      // The next request of the same file must not find it locked.
      await worker.ended;
      this.#worker = undefined;
      const error = isStopped ? statementTimedOut(job.timeoutMs) : interrupted(thrown);
      this.#options.replaced(isStopped ? WorkerEnd.Stopped : WorkerEnd.Crashed, toError(thrown));
      job.answer.reject(error);
    } finally {
      timer.cancel();
    }
  }

  async #ready(): Promise<SqlWorker> {
    if (this.#worker?.isOver === true) this.#worker = undefined;
    this.#worker ??= this.#options.open();
    const worker = this.#worker;
    await worker.ready;
    return worker;
  }

  #retire(): void {
    if (this.isBusy || this.files.size > 0) return;
    this.#worker?.close();
    this.#worker = undefined;
  }
}
