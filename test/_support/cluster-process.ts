import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { NatsOptions } from "../../src/cluster/nats-client/nats-options.ts";
import type { NodeReport } from "./node-report.ts";
import { eventually } from "./stack-program.ts";

const PROGRAM = join(import.meta.dirname, "cluster-program.ts");
/** What a runner connects with; only an address: to one server on loopback. */
export type RunnerEngine = string | NatsOptions;

/** A process that has not answered after this time will not answer. */
const PATIENCE_MS = 60_000;

/**
 * What a runner is asked for by a message.
 *
 * @enum
 */
export const Ask = {
  Report: "report",
  /** To end in order, and to report then. */
  Shutdown: "shutdown",
} as const;
export type Ask = (typeof Ask)[keyof typeof Ask];

/** A runner as a process of its own. */
export class ClusterProcess implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  #output = "";
  #errors = "";
  #isEnding = false;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#errors += chunk.toString();
      process.stderr.write(chunk);
    });
  }

  /**
   * Resolves when the runner takes actors.
   *
   * @param via a command and its arguments that run the process in another place, such as `ip netns exec a`
   * @param file the program; one that runs the actors of most tests unless given
   */
  static async start(
    engine: RunnerEngine,
    name: string,
    leaseTtlMs: number,
    via: readonly string[] = [],
    file: string = PROGRAM,
  ): Promise<ClusterProcess> {
    const options: NatsOptions = typeof engine === "string" ? { servers: engine } : engine;
    const program = [file, JSON.stringify(options), name, String(leaseTtlMs)];
    const [command = process.execPath, ...args] = [...via, process.execPath, ...program];
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    const runner = new ClusterProcess(name, child);
    try {
      await eventually(`runner ${name} is ready`, () => {
        if (!runner.isRunning) throw new Error(`runner ${name} has ended: ${runner.#output}`);
        return runner.#output.includes('"ready"') ? true : undefined;
      });
    } catch (error) {
      await runner[Symbol.asyncDispose]();
      throw error;
    }
    return runner;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    this.#requireRunning();
    await this.#end("SIGKILL");
  }

  /** Ends it in order. Resolves with its exit code, or the signal that has ended it. */
  async stop(): Promise<number | string | null> {
    this.#requireRunning();
    await this.#end("SIGTERM");
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  /** Keeps it from running (SIGSTOP): its connections stay open. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  /** Ends a {@link pause}. */
  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Returns its metrics and its books. */
  report(): Promise<NodeReport> {
    return this.#ask(Ask.Report);
  }

  /** Ends it in order. Resolves with what was left of its metrics. */
  async shutdown(): Promise<NodeReport> {
    const ended = once(this.#child, "exit");
    const report = await this.#ask(Ask.Shutdown);
    await ended;
    return report;
  }

  /** What it has written to its standard output. */
  get output(): string {
    return this.#output;
  }

  /** The same of its standard error. */
  get errors(): string {
    return this.#errors;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** A process that has ended by itself was not ended by the test: that is a fault of its own. */
  #requireRunning(): void {
    assert.ok(this.isRunning || this.#isEnding, `${this.name} has ended: ${this.#output}`);
  }

  async #ask(ask: Ask): Promise<NodeReport> {
    this.#requireRunning();
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answered = once(this.#child, "message", { signal }) as Promise<[NodeReport]>;
    this.#child.send(ask);
    const [report] = await answered;
    return report;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#isEnding = true;
    if (!this.isRunning) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }
}
