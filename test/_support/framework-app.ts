import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import type { FrameworkProject } from "./framework-project.ts";
import type { OtlpReceiver } from "./otlp-receiver.ts";

/** A condition that takes longer than this will not come true. */
const PATIENCE_MS = 30_000;

/** A line of JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
type Line = Readonly<Record<string, any>>;

/** The price service that the examples ask by `fetch`. It keeps the `traceparent` of each request. */
export class PriceService implements AsyncDisposable {
  readonly traceparents: (string | undefined)[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(({ headers }, response) => {
      this.traceparents.push(headers["traceparent"] as string | undefined);
      response.end(JSON.stringify({ cents: 250 }));
    });
  }

  static async start(): Promise<PriceService> {
    const service = new PriceService();
    service.#server.listen(0, "127.0.0.1");
    await once(service.#server, "listening");
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** How an example is started. */
export interface FrameworkAppOptions {
  readonly project: FrameworkProject;
  readonly receiver: OtlpReceiver;
  readonly prices: PriceService;
  /** Flags of Node and the program. */
  readonly args: readonly string[];
  /** Default: the one that runs the tests. */
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** An example in a process of its own. */
export class FrameworkApp implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  readonly lines: Line[] = [];
  stderr = "";
  /** Resolves to the code and the signal of its end. */
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;

  constructor({ project, receiver, prices, args, node, env }: FrameworkAppOptions) {
    const foreign = /^(?:OTEL_|LIMELIGHT_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/;
    const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    const child = spawn(node ?? process.execPath, args, {
      cwd: project.directory,
      env: {
        ...Object.fromEntries(inherited),
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_PROMETHEUS_PORT: "0",
        OTEL_BSP_SCHEDULE_DELAY: "50",
        PRICES_URL: prices.url,
        PORT: "0",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const look = (): void => {
      for (const waiting of [...this.#waiting]) waiting();
    };
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) this.lines.push(JSON.parse(line) as Line);
      look();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    void this.ended.then(look);
  }

  /** The first log line with that message; waits until there is one. */
  async line(msg: string): Promise<Line> {
    const { promise, resolve, reject } = Promise.withResolvers<Line>();
    const fail = (): void => reject(new Error(`no line "${msg}"; stderr: ${this.stderr}`));
    const look = (): void => {
      const found = this.lines.find((line) => line["msg"] === msg);
      if (found !== undefined) resolve(found);
      else if (this.#child.exitCode !== null) fail();
    };
    const timer = setTimeout(fail, PATIENCE_MS);
    this.#waiting.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  /** The address of its server, once it listens. */
  async url(): Promise<string> {
    const { port } = await this.line("listening");
    return `http://127.0.0.1:${port}`;
  }

  /** Requests an orderly end, and resolves to how it ended. */
  async stop(): Promise<readonly [number | null, NodeJS.Signals | null]> {
    this.#child.kill("SIGTERM");
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}
