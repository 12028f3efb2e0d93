import { type ChildProcess, fork } from "node:child_process";
import { Deferred } from "../../base/async/deferred.ts";
import { ownFile } from "../../base/node/own-file.ts";
import { runClean } from "../../telemetry/context/frames.ts";
import type { SqlReply, SqlRequest } from "./sql-messages.ts";

/** A request that cannot be serialized, such as one that is too large. Its worker can take others. */
export class UnsentRequest extends Error {}

/** What runs the requests of a pool: a process, or a double of it in tests. */
export interface SqlWorker {
  /** Resolves when it can take requests; rejects when it could not be started. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, however that came about. */
  readonly ended: Promise<void>;
  readonly isOver: boolean;
  /**
   * Runs one request at a time.
   *
   * @throws {@link UnsentRequest} for a request that cannot be sent, another error when the worker ends before its
   *   reply
   */
  request(request: SqlRequest): Promise<SqlReply>;
  /** Ends it in the middle of what it does. */
  kill(): void;
  /** Lets it close its files and end. */
  close(): void;
}

/** Options of Node that its processes need to run TypeScript. All others, such as `--import`, are not for them. */
const TYPE_STRIPPING = /^--(?:no-)?experimental-strip-types$/;
/** Variables that SQLite and the start of a process read. Secrets of the application are not passed on. */
const ENVIRONMENT = ["TZ", "TMPDIR", "TEMP", "TMP", "SQLITE_TMPDIR", "SystemRoot", "PATH"] as const;

function start(): ChildProcess {
  const file = ownFile("sql-worker", import.meta.url, "databases of actors");
  const kept = ENVIRONMENT.filter((name) => process.env[name] !== undefined);
  return fork(file, [], {
    serialization: "advanced", // carries bytes and bigint
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: process.execArgv.filter((option) => TYPE_STRIPPING.test(option)),
    env: Object.fromEntries(kept.map((name) => [name, process.env[name]])),
  });
}

/** A worker that is a process. While it works, the process of the actors stays alive. */
export class SqlProcess implements SqlWorker {
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #ready = new Deferred<void>();
  readonly #ended = new Deferred<void>();
  #waiting: Deferred<SqlReply> | undefined;
  #end: Error | undefined;

  /** @throws an error of the system, such as one for too many processes */
  constructor() {
    this.ready = this.#ready.promise;
    this.ended = this.#ended.promise;
    this.ready.catch(() => {}); // reported by the request that waits for it
    // Listeners of the process must not run in the context of the call that happens to start it.
    this.#child = runClean(start);
    this.#child.on("message", (reply: SqlReply) => this.#settle(reply));
    this.#child.on("error", (error) => this.#over(error));
    this.#child.on("exit", (code, signal) => {
      this.#over(new Error(`the SQL worker ended with ${signal ?? `code ${code}`}`));
    });
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Id of the process. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  request(request: SqlRequest): Promise<SqlReply> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const waiting = new Deferred<SqlReply>();
    this.#waiting = waiting;
    this.#holdProcess(true);
    try {
      this.#child.send(request, (error) => {
        if (error !== null && this.#waiting === waiting) this.#over(error);
      });
    } catch (thrown) {
      this.#waiting = undefined;
      this.#holdProcess(false);
      return Promise.reject(new UnsentRequest("the request cannot be sent", { cause: thrown }));
    }
    return waiting.promise;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
    this.#child.ref(); // it still writes its logs into its files
  }

  #settle(reply: SqlReply): void {
    this.#holdProcess(false);
    if (reply.kind === "ready") {
      this.#ready.resolve();
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(reply);
  }

  #over(error: Error): void {
    this.#end ??= error;
    this.#ready.reject(this.#end);
    this.#waiting?.reject(this.#end);
    this.#waiting = undefined;
    this.#ended.resolve();
  }

  #holdProcess(holds: boolean): void {
    if (holds) {
      this.#child.ref();
      this.#child.channel?.ref();
    } else {
      this.#child.unref();
      this.#child.channel?.unref();
    }
  }
}
