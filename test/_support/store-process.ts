import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = join(import.meta.dirname, "store-program.ts");

/** A fact that the program has told. */
export type Fact = Readonly<Record<string, unknown>>;

/** Runs `store-program.ts`, or another program, in a process of its own, and reads what it tells. */
export class StoreProcess implements AsyncDisposable {
  readonly facts: Fact[] = [];
  /** Complete after {@link ended}. */
  stderr = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #listeners = new Set<() => void>();

  /** @param wrapper a command that runs the program, such as a shell that mounts its disk first */
  constructor(args: readonly string[], wrapper: readonly string[] = [], program: string = PROGRAM) {
    const [command = "", ...rest] = [...wrapper, process.execPath, program, ...args];
    this.#child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
    this.#closed = once(this.#child, "close");
    this.#child.stderr?.on("data", (data) => {
      this.stderr += String(data);
    });
    if (this.#child.stdout === null) return;
    createInterface(this.#child.stdout).on("line", (line) => {
      this.facts.push(JSON.parse(line) as Fact);
      for (const listener of this.#listeners) listener();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when `condition` holds for the facts so far, or the process has ended. */
  async until(condition: (facts: readonly Fact[]) => boolean): Promise<void> {
    const told = new Promise<void>((resolve) => {
      const check = (): void => {
        if (condition(this.facts)) resolve();
      };
      this.#listeners.add(check);
      check();
    });
    await Promise.race([told, this.#closed]);
  }

  /** Kills the process at once, and resolves when all it has told was read. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  /** Resolves with the exit code when the process has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
