import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { NatsOptions } from "../../src/cluster/nats-client/nats-options.ts";
import { eventually } from "./stack-program.ts";

const PROGRAM = join(import.meta.dirname, "cluster-program.ts");

/** What a runner connects with; only an address: to one server on loopback. */
export type RunnerEngine = string | NatsOptions;

/** A runner as a process of its own. */
export class ClusterProcess implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  #output = "";

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
  }

  /**
   * Resolves when the runner takes actors.
   *
   * @param via a command and its arguments that run the process in another place, such as `ip netns exec a`
   */
  static async start(
    engine: RunnerEngine,
    name: string,
    leaseTtlMs: number,
    via: readonly string[] = [],
  ): Promise<ClusterProcess> {
    const options: NatsOptions = typeof engine === "string" ? { servers: engine } : engine;
    const program = [PROGRAM, JSON.stringify(options), name, String(leaseTtlMs)];
    const [command = process.execPath, ...args] = [...via, process.execPath, ...program];
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    const runner = new ClusterProcess(name, child);
    await eventually(`runner ${name} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`runner ${name} has ended: ${runner.#output}`);
      return runner.#output.includes('"ready"') ? true : undefined;
    });
    return runner;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ends it in order. Resolves with its exit code, or the signal that has ended it. */
  async stop(): Promise<number | string | null> {
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

  /** What it has written to its standard output. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }
}
