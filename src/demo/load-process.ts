import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** What the load generator is started with. */
export interface LoadOptions {
  /** Where the shop is. */
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
  /** Seconds; until it is stopped when left out. */
  readonly duration?: number | undefined;
  readonly seed: number;
  readonly pretty: boolean;
}

/** How long a stopped generator may take to get its last answers. */
const STOP_DEADLINE_MS = 4_000;

/** The load generator, a process of its own: traffic comes in over real connections, as customers' does. */
export class LoadProcess {
  readonly #child: ChildProcess;
  /** Resolves when the process has ended, with whether it ended well. */
  readonly ended: Promise<boolean>;

  constructor(options: LoadOptions) {
    // Beside this file, and of its kind: TypeScript in the repository, JavaScript in the package.
    const file = `load-generator${extname(import.meta.url)}`;
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), toArguments(options), {
      execArgv: [],
      env: { ...process.env, LIMELIGHT_CONSOLE: "0" }, // customers have no console
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.ended = once(this.#child, "exit").then(
      ([code]) => code === 0,
      () => false, // could not be started: then it has ended, too
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Has it send nothing more, take its last answers and say what it has seen. */
  async stop(): Promise<void> {
    // The generator ends when its channel does; that is also how it learns of a demo that was killed.
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_DEADLINE_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

function toArguments({ url, rate, duration, seed, pretty }: LoadOptions): string[] {
  const args = ["--url", url, "--rate", String(rate), "--seed", String(seed)];
  if (duration !== undefined) args.push("--duration", String(duration));
  if (pretty) args.push("--pretty");
  return args;
}
