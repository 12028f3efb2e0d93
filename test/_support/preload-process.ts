import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const ROOT = join(import.meta.dirname, "../..");
const PRELOAD = join(ROOT, "src/preload.ts");
/** Packages by the names that applications know, and where their sources are. */
const SOURCES: Readonly<Record<string, string>> = {
  limelight: join(ROOT, "src/index.ts"),
  "limelight/preload": PRELOAD,
  "limelight/telemetry": join(ROOT, "src/telemetry.ts"),
};
/** Most of a start is stripping types; children need not all do it again. */
const NODE_COMPILE_CACHE = join(tmpdir(), "limelight-compile-cache");
/** A condition that takes longer than this will not come true. */
const PATIENCE_MS = 15_000;

/** An application and how it is started. */
export interface PreloadApp {
  /** The source of an ES module, which may import `limelight` and its entries by name. */
  readonly esm?: string;
  /** The source of a CommonJS module. */
  readonly cjs?: string;
  /** Further files beside it, such as a worker's, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Flags that load the preload; default `--import`. */
  readonly preload?: readonly ("--import" | "--require")[];
  /** One of `files` that runs before the preload. */
  readonly before?: string;
  /** Version of a copy of `@opentelemetry/api` that the application has, besides limelight's. */
  readonly apiVersion?: string;
  /** Arguments of the application. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A line of JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
export type Line = Readonly<Record<string, any>>;

/** Gives the application a copy of the API that says it is `version`. */
function installApi(directory: string, version: string): void {
  const source = join(ROOT, "node_modules/@opentelemetry/api");
  const target = join(directory, "node_modules/@opentelemetry/api");
  cpSync(source, target, { recursive: true });
  const installed = /"version": "([^"]+)"/.exec(readFileSync(join(source, "package.json"), "utf8"));
  for (const file of readdirSync(target, { recursive: true, encoding: "utf8" })) {
    if (!/(?:global-utils\.[cm]js|version\.[cm]js|package\.json)$/.test(file)) continue;
    const text = readFileSync(join(target, file), "utf8");
    writeFileSync(join(target, file), text.replaceAll(installed?.[1] ?? "", version));
  }
}

/** Nothing of OpenTelemetry's or ours comes in from outside. */
function environment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(?:OTEL_|LIMELIGHT_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const ours = { NODE_COMPILE_CACHE, OTEL_EXPORTER_PROMETHEUS_PORT: "0" };
  return { ...Object.fromEntries(inherited), ...ours, ...extra };
}

function withSources(text: string): string {
  return text.replaceAll(/"(limelight(?:\/\w+)?)"/g, (whole, name: string) => {
    const path = SOURCES[name];
    return path === undefined ? whole : JSON.stringify(path);
  });
}

/** An application in a process of its own, preloaded as a user does it. */
export class PreloadProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #waiting = new Set<() => void>();
  /** What has been written to stdout, line by line. */
  readonly stdout: string[] = [];
  stderr = "";
  /** Resolves when the process has ended and its output is complete. */
  readonly ended: Promise<Exit>;

  constructor(app: PreloadApp) {
    const { preload = ["--import"], files = {}, args = [], env = {} } = app;
    this.#directory = mkdtempSync(join(tmpdir(), "limelight-preload-"));
    if (app.apiVersion === undefined) {
      symlinkSync(join(ROOT, "node_modules"), join(this.#directory, "node_modules"));
    } else installApi(this.#directory, app.apiVersion);
    const main = app.esm === undefined ? "app.cjs" : "app.mjs";
    const sources = { ...files, [main]: app.esm ?? app.cjs ?? "" };
    for (const [name, text] of Object.entries(sources)) {
      writeFileSync(join(this.#directory, name), withSources(text));
    }
    const before = app.before === undefined ? [] : [join(this.#directory, app.before)];
    const flags = preload.flatMap((flag) =>
      [...before, PRELOAD].flatMap((file) => [
        flag,
        flag === "--import" ? pathToFileURL(file).href : file,
      ]),
    );
    this.#child = spawn(process.execPath, [...flags, join(this.#directory, main), ...args], {
      env: environment(env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = this.#follow();
  }

  /** Runs an application to its end. */
  static async run(app: PreloadApp): Promise<PreloadProcess & { readonly exit: Exit }> {
    await using running = new PreloadProcess(app);
    const exit = await running.ended;
    return Object.assign(running, { exit });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The JSON lines of stdout so far. */
  get lines(): Line[] {
    return jsonLines(this.stdout);
  }

  /** The JSON lines of stderr so far: what telemetry says about itself. */
  get diagnostics(): Line[] {
    return jsonLines(this.stderr.split("\n"));
  }

  /** The first JSON line of stdout that has a field `name`; waits until there is one. */
  line(name: string): Promise<Line> {
    return this.until(`line with ${name}`, () => this.lines.find((line) => name in line));
  }

  /** What `read` returns as soon as it is not `undefined`; it is called after each output. */
  async until<Found>(what: string, read: () => Found | undefined): Promise<Found> {
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const look = (): void => {
      const found = read();
      if (found !== undefined) resolve(found);
      else if (!this.running) reject(new Error(`ended without ${what}: ${this.stderr}`));
    };
    const fail = () => reject(new Error(`still no ${what}: ${this.stderr}`));
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

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.signal("SIGKILL");
    await this.ended;
    rmSync(this.#directory, { recursive: true });
  }

  #follow(): Promise<Exit> {
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error("the application has no pipes");
    const look = (): void => {
      for (const waiting of [...this.#waiting]) waiting();
    };
    createInterface({ input: stdout }).on("line", (line) => {
      this.stdout.push(line);
      look();
    });
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      look();
    });
    const ended = once(this.#child, "close").then(([code, signal]) => ({ code, signal }) as Exit);
    void ended.then(look);
    return ended;
  }
}

function jsonLines(lines: readonly string[]): Line[] {
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Line);
}
