import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = join(import.meta.dirname, "signals-program.ts");
/** A command that runs a program as process 1, as in a container. */
export const AS_FIRST: readonly string[] = [
  ...["unshare", "--user", "--map-root-user"],
  ...["--pid", "--fork", "--kill-child", "--"],
];

/** Runs `signals-program.ts` in a process of its own. */
export class SignalsProcess implements AsyncDisposable {
  readonly facts: string[] = [];
  stderr = "";
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;
  readonly #asFirst: boolean;
  #notice: () => void = () => {};

  constructor(mode: string, { flags = [], asFirst = false }: SignalsOptions = {}) {
    const node = [process.execPath, ...flags, PROGRAM, mode];
    const [command = "", ...rest] = asFirst ? [...AS_FIRST, ...node] : node;
    this.#asFirst = asFirst;
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    this.#child = spawn(command, rest, { env, stdio: "pipe" });
    this.#child.stderr?.on("data", (data) => {
      this.stderr += String(data);
    });
    this.ended = once(this.#child, "close").then(([code, signal]) => ({ code, signal }));
    void this.ended.then(() => this.#notice());
    if (this.#child.stdout === null) return;
    createInterface(this.#child.stdout).on("line", (line) => {
      this.facts.push(line);
      this.#notice();
    });
  }

  /** Resolves when the program has told `fact`. */
  async told(fact: string): Promise<void> {
    while (!this.facts.includes(fact)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`ended without ${fact}: ${this.facts.join(", ")} ${this.stderr}`);
      }
      await new Promise<void>((resolve) => {
        this.#notice = resolve;
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.#pid(), signal);
  }

  /** Tells the program to go on. */
  goOn(): void {
    this.#child.stdin?.write("go on\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  /** The id of the program in this namespace. */
  #pid(): number {
    const { pid = 0 } = this.#child;
    if (!this.#asFirst) return pid;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
  }
}

/** How the program is run. */
interface SignalsOptions {
  /** Flags of Node. */
  readonly flags?: readonly string[];
  /** Runs it as process 1. */
  readonly asFirst?: boolean;
}
