import { Worker } from "node:worker_threads";
import { Deferred } from "../../base/async/deferred.ts";
import { ErrorCode, StoreError } from "../../base/errors.ts";
import { ownFile } from "../../base/node/own-file.ts";
import { runClean } from "../../telemetry/context/frames.ts";
import type { BackupManifest } from "./backup-manifest.ts";
import type { BatchAnswer } from "./batch-writer.ts";
import type { Durability } from "./database-file.ts";
import { type PackedAnswers, unpackAnswers } from "./group-codec.ts";
import type { Writer } from "./group-writer.ts";
import { fromSent, type SentError } from "./sqlite-errors.ts";

/** What a thread of the store is started for. */
export type ThreadJob =
  | {
      readonly kind: "write";
      /** The data directory. */
      readonly directory: string;
      readonly durability: Durability;
      /** The running opening of the file, when its writer is started again. */
      readonly epoch: number | undefined;
    }
  | { readonly kind: "backup"; readonly directory: string; readonly target: string };

/** From the store to its thread. */
export type ThreadRequest =
  | { readonly kind: "commit"; readonly group: Uint8Array }
  | { readonly kind: "close" };

/** From the thread to the store: one reply to the start of the thread, and one to each request. */
export type ThreadReply =
  | { readonly kind: "ready"; readonly epoch: number; readonly warning: string | undefined }
  | {
      readonly kind: "committed";
      readonly answers: PackedAnswers;
      readonly warning: string | undefined;
    }
  | { readonly kind: "done" }
  | { readonly kind: "backed_up"; readonly manifest: BackupManifest }
  | { readonly kind: "failed"; readonly error: SentError };

/** Options of Node that its threads need to run TypeScript. All others, such as `--import`, are not for them. */
const TYPE_STRIPPING = /^--(?:no-)?experimental-strip-types$/;

function startWorker(job: ThreadJob): Worker {
  return new Worker(ownFile("store-worker", import.meta.url, "stores on disk"), {
    name: "limelight-store",
    workerData: job,
    execArgv: process.execArgv.filter((option) => TYPE_STRIPPING.test(option)),
    env: { ...process.env, NODE_OPTIONS: "" },
  });
}

/** A thread of the store, and the request that it is working on. While it works, the process stays alive. */
class StoreThread {
  readonly #worker: Worker;
  #waiting: Deferred<ThreadReply> | undefined = new Deferred<ThreadReply>();
  #ended: Error | undefined;

  constructor(job: ThreadJob) {
    // Listeners of the thread must not run in the context of the call that happens to open the store.
    this.#worker = runClean(() => startWorker(job));
    this.#worker.on("message", (reply: ThreadReply) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", (code) => this.#end(new Error(`the thread ended with code ${code}`)));
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Resolves with the reply to the start. */
  started(): Promise<ThreadReply> {
    return this.#waiting?.promise ?? Promise.reject(this.#ended);
  }

  /** @param transferred buffers of `message` that the thread takes over */
  request(message: ThreadRequest, transferred: readonly ArrayBuffer[] = []): Promise<ThreadReply> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#waiting = new Deferred<ThreadReply>();
    this.#worker.ref();
    this.#worker.postMessage(message, transferred);
    return this.#waiting.promise;
  }

  terminate(): void {
    void this.#worker.terminate(); // its end is reported by the event
  }

  #settle(reply: ThreadReply): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#worker.unref();
    if (reply.kind === "failed") waiting?.reject(fromSent(reply.error));
    else waiting?.resolve(reply);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
  }
}

/** The thread that writes. */
export class WriterThread implements Writer {
  /** Number of this opening of the file. */
  readonly epoch: number;
  readonly #thread: StoreThread;

  private constructor(thread: StoreThread, epoch: number) {
    this.#thread = thread;
    this.epoch = epoch;
  }

  get ended(): boolean {
    return this.#thread.ended;
  }

  /** @throws {@link StoreError} when the file cannot be used */
  static async open(
    job: Omit<Extract<ThreadJob, { kind: "write" }>, "kind">,
  ): Promise<WriterThread> {
    const thread = new StoreThread({ ...job, kind: "write" });
    const reply = await available(thread.started());
    if (reply.kind !== "ready") throw endedEarly();
    warn(reply.warning);
    return new WriterThread(thread, reply.epoch);
  }

  async commit(group: Uint8Array<ArrayBuffer>): Promise<readonly BatchAnswer[]> {
    const reply = await this.#thread.request({ kind: "commit", group }, [group.buffer]);
    if (reply.kind !== "committed") return [];
    warn(reply.warning);
    return unpackAnswers(reply.answers);
  }

  async close(): Promise<void> {
    await available(this.#thread.request({ kind: "close" }));
  }

  terminate(): void {
    this.#thread.terminate();
  }
}

/** Copies a data directory in a thread of its own. */
export async function backUpInThread(directory: string, target: string): Promise<BackupManifest> {
  const thread = new StoreThread({ kind: "backup", directory, target });
  const reply = await available(thread.started());
  if (reply.kind === "backed_up") return reply.manifest;
  throw endedEarly();
}

function endedEarly(): StoreError {
  return new StoreError("the thread of the store has ended early", {
    code: ErrorCode.StoreUnavailable,
  });
}

/** A store has no logger: its warnings are those of the process. */
function warn(text: string | undefined): void {
  if (text !== undefined) process.emitWarning(text, "LimelightWarning");
}

/** Reports a thread that has ended as a store that is unavailable. */
async function available(reply: Promise<ThreadReply>): Promise<ThreadReply> {
  try {
    return await reply;
  } catch (thrown) {
    if (thrown instanceof StoreError) throw thrown;
    throw new StoreError("the thread of the store has ended", {
      code: ErrorCode.StoreUnavailable,
      cause: thrown,
    });
  }
}
