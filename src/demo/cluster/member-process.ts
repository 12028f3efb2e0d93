import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ClusterDemoOptions } from "../options.ts";

/** What a process tells when it is open. */
export interface MemberFacts {
  readonly url: string;
  readonly consoleUrl: string | undefined;
}

/** How a process of the shop is started. */
export interface MemberPlan {
  /** Such as `shop-1`. */
  readonly name: string;
  /** Port of its gateway; 0 for any. */
  readonly port: number;
  readonly nats: string;
  readonly seed: number;
  readonly options: ClusterDemoOptions;
  /** Called when it has ended and is started again. */
  readonly onRestart: (name: string, how: string, pid: number | undefined) => void;
}

/** How long a process that was killed is left out. */
const RESTART_MS = 3_000;
const STOP_DEADLINE_MS = 15_000;

/** One process of the shop. If it is killed, it is started again, unless the demo was told not to. */
export class MemberProcess {
  readonly name: string;
  readonly #plan: MemberPlan;
  readonly #opened = Promise.withResolvers<MemberFacts>();
  #child: ChildProcess;
  #port: number;
  #isStopping = false;

  constructor(plan: MemberPlan) {
    this.name = plan.name;
    this.#plan = plan;
    this.#port = plan.port;
    this.#opened.promise.catch(() => {}); // who waits for it is told
    this.#child = this.#start();
  }

  /** Resolves when it is open for the first time; rejects if it ends before. */
  get opened(): Promise<MemberFacts> {
    return this.#opened.promise;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(timer);
  }

  #start(): ChildProcess {
    // In the package, this is part of a file in `dist/lib`.
    const isSource = extname(import.meta.url) === ".ts";
    const main = fileURLToPath(
      new URL(isSource ? "../../cli/main.ts" : "../cli/main.js", import.meta.url),
    );
    const child = fork(main, this.#arguments(), {
      execArgv: [],
      env: {
        ...process.env,
        OTEL_SERVICE_NAME: "limelight-demo",
        OTEL_EXPORTER_PROMETHEUS_PORT: "0",
      },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      detached: true, // Ctrl-C reaches the demo, which stops one after the other
    });
    child.once("message", (facts) => {
      const { url, consoleUrl } = facts as MemberFacts;
      this.#port = Number(new URL(url).port); // the same after a restart
      this.#opened.resolve({ url, consoleUrl });
    });
    child.once("exit", (code, signal) => void this.#ended(signal ?? `code ${code}`)); // never rejects
    return child;
  }

  async #ended(how: string): Promise<void> {
    this.#opened.reject(new Error(`${this.name} has ended with ${how}`));
    const { options, onRestart } = this.#plan;
    if (this.#isStopping || !options.restart) return;
    await delay(RESTART_MS);
    if (this.#isStopping) return;
    this.#child = this.#start();
    onRestart(this.name, how, this.#child.pid);
  }

  #arguments(): string[] {
    const { name, nats, seed, options } = this.#plan;
    const { host, allowedHost, paymentFailureRate, slowCourierMs, pretty } = options;
    return [
      ...["demo", "--node", name, "--nats", nats, "--no-load", "--seed", String(seed)],
      ...["--host", host, "--port", String(this.#port)],
      ...allowedHost.flatMap((allowed) => ["--allowed-host", allowed]),
      ...["--payment-failure-rate", String(paymentFailureRate)],
      ...["--slow-courier-ms", String(slowCourierMs)],
      ...(options.natsInsecure ? ["--nats-insecure"] : []),
      ...(options.console ? ["--console-port", "0"] : ["--no-console"]),
      ...(options.consoleActions ? ["--console-actions"] : []),
      pretty ? "--pretty" : "--json",
    ];
  }
}
