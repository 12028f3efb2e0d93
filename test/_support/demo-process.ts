import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");
/** A condition that takes longer than this will not come true. */
const PATIENCE_MS = 15_000;

/** One line of the demo's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Most of a start is stripping types; children need not all do it again. */
const NODE_COMPILE_CACHE = join(tmpdir(), "limelight-compile-cache");

/** The environment of a demo: nothing of OpenTelemetry's or ours comes in from outside. */
function demoEnvironment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(?:OTEL_|LIMELIGHT_|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$)/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const ours = { NODE_COMPILE_CACHE, OTEL_EXPORTER_PROMETHEUS_PORT: "0" };
  return { ...Object.fromEntries(inherited), ...ours, ...extra };
}

/** `limelight` with its arguments, as a user starts it. */
export class DemoProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  /** What has been written to stdout, line by line, as it was. */
  readonly stdout: string[] = [];
  stderr = "";
  /** Resolves when the process has ended and nobody writes to its stdout any more, its children included. */
  readonly ended: Promise<Exit>;

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, [MAIN, ...args], {
      env: demoEnvironment(environment),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error("the demo has no pipes");
    this.ended = once(this.#child, "close").then(([code, signal]) => ({ code, signal }) as Exit);
    createInterface({ input: stdout }).on("line", (line) => {
      this.stdout.push(line);
      this.#look();
    });
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    void this.ended.then(() => this.#look());
  }

  /** Starts the order desk on any port, with JSON lines, and waits until it is open. */
  static async open(
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<DemoProcess> {
    const demo = new DemoProcess(["demo", "--port", "0", "--json", ...args], environment);
    try {
      await demo.line("demo started");
    } catch (error) {
      await demo[Symbol.asyncDispose](); // it would keep the tests running
      throw error;
    }
    return demo;
  }

  /** All log lines so far. */
  get lines(): LogLine[] {
    return this.stdout.map((line) => JSON.parse(line) as LogLine);
  }

  /** Where the order desk is. */
  get url(): string {
    return String(this.#find("demo started", {})?.["url"]);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The first line that says `msg` and has these `fields`; waits until there is one. */
  line(msg: string, fields: Readonly<Record<string, unknown>> = {}): Promise<LogLine> {
    return this.until(`line ${JSON.stringify({ msg, ...fields })}`, () => this.#find(msg, fields));
  }

  /** What `read` returns as soon as it is not `undefined`; it is called after each line. */
  async until<Found>(what: string, read: () => Found | undefined): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const look = (): void => {
      const found = read();
      if (found !== undefined) resolve(found);
      else if (!this.running) reject(new Error(`the demo ended without ${what}: ${this.stderr}`));
    };
    const timer = setTimeout(() => reject(new Error(`still no ${what}`)), PATIENCE_MS);
    this.#waiting.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the demo, if a test has not, without caring how. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.signal("SIGKILL");
    await this.ended;
  }

  #find(msg: string, fields: Readonly<Record<string, unknown>>): LogLine | undefined {
    return this.lines.find(
      (line) =>
        line.msg === msg && Object.entries(fields).every(([name, value]) => line[name] === value),
    );
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}
