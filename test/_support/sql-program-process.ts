import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataFolder } from "./data-folder.ts";
import { type Fact, StoreProcess } from "./store-process.ts";

const PROGRAM = join(import.meta.dirname, "sql-program.ts");

/** Runs `sql-program.ts` with a database in a folder of its own. */
export class SqlProgram implements AsyncDisposable {
  readonly folder: DataFolder = new DataFolder();
  readonly #process: StoreProcess;

  constructor(args: readonly string[], wrapper: (folder: string) => readonly string[] = () => []) {
    const path = this.folder.file("disk/db.sqlite");
    this.#process = new StoreProcess([...args, path], wrapper(this.folder.path), PROGRAM);
  }

  get facts(): readonly Fact[] {
    return this.#process.facts;
  }

  get stderr(): string {
    return this.#process.stderr;
  }

  until(condition: (facts: readonly Fact[]) => boolean): Promise<void> {
    return this.#process.until(condition);
  }

  ended(): Promise<number | null> {
    return this.#process.ended();
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** Resolves when the SQL worker of the program has ended. */
  async workerEnded(): Promise<void> {
    const pid = Number(this.facts[0]?.["worker"]);
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

function isRunning(pid: number): boolean {
  if (!existsSync("/proc/self")) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
