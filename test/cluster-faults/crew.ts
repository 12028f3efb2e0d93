import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClusterProcess, type RunnerEngine } from "../_support/cluster-process.ts";
import type { NodeReport } from "../_support/node-report.ts";
import { checkEnded, checkLines } from "../cluster/faults/accounts.ts";

export interface CrewOptions {
  /** What each of them connects with. */
  readonly engine: RunnerEngine | ((name: string) => RunnerEngine);
  /** A command and its arguments that run a process in another place; none unless given. */
  readonly via?: (name: string) => readonly string[];
  readonly names: readonly string[];
  readonly leaseTtlMs: number;
}

/** The runners of a cluster under faults, each a process, one for each name. */
export class Crew implements AsyncDisposable {
  readonly #options: CrewOptions;
  readonly #runners = new Map<string, ClusterProcess>();
  /** All processes that there were, for what they have written. */
  readonly #all: ClusterProcess[] = [];

  private constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** Resolves when all of them take actors. */
  static async start(options: CrewOptions): Promise<Crew> {
    const crew = new Crew(options);
    try {
      await Promise.all(options.names.map((name) => crew.start(name)));
    } catch (error) {
      await crew[Symbol.asyncDispose]();
      throw error;
    }
    return crew;
  }

  /** Names of the runners that have a process. */
  get names(): readonly string[] {
    return [...this.#runners.keys()];
  }

  /** Starts a process for a name that has none. Resolves when it takes actors. */
  async start(name: string): Promise<void> {
    const { engine, leaseTtlMs, via } = this.#options;
    assert.ok(!this.#runners.has(name), `${name} is running`);
    const own = typeof engine === "function" ? engine(name) : engine;
    const runner = await ClusterProcess.start(own, name, leaseTtlMs, via?.(name));
    this.#runners.set(name, runner);
    this.#all.push(runner);
  }

  /** SIGKILL. The name has no process then. */
  async kill(name: string): Promise<void> {
    await this.#of(name).kill();
    this.#runners.delete(name);
  }

  /** SIGTERM; resolves when it has ended in order. The name has no process then. */
  async stop(name: string): Promise<void> {
    assert.equal(await this.#of(name).stop(), "SIGTERM");
    this.#runners.delete(name);
  }

  /** SIGSTOP. */
  pause(name: string): void {
    this.#of(name).pause();
  }

  /** SIGCONT. */
  resume(name: string): void {
    this.#of(name).resume();
  }

  reports(): Promise<readonly NodeReport[]> {
    return Promise.all([...this.#runners.values()].map((runner) => runner.report()));
  }

  /**
   * Ends all runners in order, one after the other, and returns what was wrong with what they have left and with what any
   * process has written.
   */
  async end(): Promise<readonly string[]> {
    const reports: NodeReport[] = [];
    for (const runner of this.#runners.values()) reports.push(await runner.shutdown());
    this.#runners.clear();
    const lines = this.#all.flatMap(({ name, output, errors }) => [
      ...checkLines(name, output),
      ...(errors === "" ? [] : [`${name}: ${errors}`]),
    ]);
    return [...checkEnded(reports), ...lines];
  }

  /** Writes what each process has written to a file of its own. */
  save(folder: string): void {
    for (const [at, { name, output }] of this.#all.entries()) {
      writeFileSync(join(folder, `${at}-${name}.log`), output);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((runner) => runner[Symbol.asyncDispose]()));
  }

  #of(name: string): ClusterProcess {
    const runner = this.#runners.get(name);
    if (runner === undefined) throw new Error(`there is no runner ${name}`);
    return runner;
  }
}
