import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { LOAD_SERVICE_NAME } from "./load-service-name.ts";

/** Options of the load generator. */
export interface LoadOptions {
  /** URLs of the shop's gateways. */
  readonly urls: readonly string[];
  /** Whether the shop has several desks, and orders that were acknowledged are looked for in the end. Default `false`. */
  readonly isCluster?: boolean;
  /** Requests per second. */
  readonly rate: number;
  /** Duration in seconds. Default: until it is stopped. */
  readonly duration?: number | undefined;
  readonly seed: number;
  readonly pretty: boolean;
}

/** How long a stopped generator may wait for its last answers. */
const STOP_DEADLINE_MS = 4_000;

/** The load generator as a separate process, so that traffic arrives over real connections. */
export class LoadProcess {
  readonly #child: ChildProcess;
  /** Resolves when the process has ended, with whether it succeeded. */
  readonly ended: Promise<boolean>;

  constructor(options: LoadOptions) {
    // In the same folder and of the same type: TypeScript in the repository, JavaScript in the package.
    const file = `load-generator${extname(import.meta.url)}`;
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), toArguments(options), {
      execArgv: [],
      // The load generator needs no console. Where the environment preloads an SDK, its spans are its own.
      env: { ...process.env, LIMELIGHT_CONSOLE: "0", OTEL_SERVICE_NAME: LOAD_SERVICE_NAME },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.ended = once(this.#child, "exit").then(
      ([code]) => code === 0,
      () => false, // the process could not be started
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Stops sending, waits for the last answers and lets the process log its summary. */
  async stop(deadlineMs: number = STOP_DEADLINE_MS): Promise<void> {
    // The generator ends when its channel closes. It detects a killed demo in the same way.
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), deadlineMs);
    await this.ended;
    clearTimeout(timer);
  }
}

function toArguments(options: LoadOptions): string[] {
  const { urls, rate, duration, seed, pretty, isCluster } = options;
  const args = ["--rate", String(rate), "--seed", String(seed)];
  for (const url of urls) args.push("--url", url);
  if (isCluster === true) args.push("--cluster");
  if (duration !== undefined) args.push("--duration", String(duration));
  if (pretty) args.push("--pretty");
  return args;
}
