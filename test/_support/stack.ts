import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { Tool } from "../../tools/stack/tool-paths.ts";
import { OtlpReceiver } from "./otlp-receiver.ts";
import { freePort, StackProgram } from "./stack-program.ts";

const root = join(import.meta.dirname, "../..");

/** One series of an answer of Prometheus. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An alert rule as Prometheus has it. */
export interface Rule {
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
}

/** Where the programs listen. */
type Ports = Readonly<Record<"otlp" | "grpc" | "health" | "own" | "prometheus", number>>;

/**
 * The stack's collector and Prometheus with the repository's own configuration, on free ports of loopback and in a
 * folder of their own. In place of Tempo and Loki a receiver of the tests' takes what the collector sends them.
 */
export class Stack implements AsyncDisposable {
  readonly #folder: string;
  readonly #ports: Ports;
  readonly #prometheus: StackProgram;
  #collector: StackProgram;
  /** What came for Tempo and Loki. */
  readonly backend: OtlpReceiver;

  private constructor(folder: string, ports: Ports, backend: OtlpReceiver) {
    this.#folder = folder;
    this.#ports = ports;
    this.backend = backend;
    mkdirSync(this.logFolder, { recursive: true });
    this.#prometheus = this.#startPrometheus();
    this.#collector = this.#startCollector();
  }

  /** Starts both and waits until they are ready. */
  static async start(): Promise<Stack> {
    const folder = mkdtempSync(join(tmpdir(), "limelight-stack-"));
    const ports = {
      otlp: await freePort(),
      grpc: await freePort(),
      health: await freePort(),
      own: await freePort(),
      prometheus: await freePort(),
    };
    const stack = new Stack(folder, ports, await OtlpReceiver.start());
    await stack.#prometheus.ready(`${stack.#prometheusUrl}/-/ready`);
    await stack.#collector.ready(`http://127.0.0.1:${ports.health}/`);
    return stack;
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get otlpUrl(): string {
    return `http://127.0.0.1:${this.#ports.otlp}`;
  }

  /** Where the collector looks for log files. */
  get logFolder(): string {
    return join(this.#folder, "logs");
  }

  /** What the collector has said of itself. */
  get collectorOutput(): string {
    return this.#collector.output;
  }

  /** Stops the collector; {@link startCollector} brings it back with what it remembers. */
  stopCollector(): Promise<void> {
    return this.#collector.stop();
  }

  async startCollector(): Promise<void> {
    this.#collector = this.#startCollector();
    await this.#collector.ready(`http://127.0.0.1:${this.#ports.health}/`);
  }

  /** What Prometheus answers to `query`, now or at `time` in seconds since the epoch. */
  async query(query: string, time?: number): Promise<Series[]> {
    const parameters = new URLSearchParams({ query });
    if (time !== undefined) parameters.set("time", String(time));
    const found = await this.#ask<{
      result: { metric: Series["metric"]; value: [number, string] }[];
    }>(`query?${parameters}`);
    return found.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** The only value of `query`, or `undefined` when there is none. */
  async value(query: string): Promise<number | undefined> {
    return (await this.query(query))[0]?.value;
  }

  /** Every value that `query` had each second from `start` to `end`, in seconds since the epoch. */
  async values(query: string, start: number, end: number): Promise<number[]> {
    const parameters = { query, start: String(start), end: String(end), step: "1" };
    const found = await this.#ask<{ result: { values: [number, string][] }[] }>(
      `query_range?${new URLSearchParams(parameters)}`,
    );
    return found.result.flatMap(({ values }) => values.map(([, value]) => Number(value)));
  }

  /** The trace ids that exemplars of `query` carry. */
  async exemplars(query: string, start: number, end: number): Promise<string[]> {
    const parameters = { query, start: String(start), end: String(end) };
    const found = await this.#ask<{ exemplars: { labels: { trace_id: string } }[] }[]>(
      `query_exemplars?${new URLSearchParams(parameters)}`,
    );
    return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
  }

  /** All alert rules. */
  async rules(): Promise<Rule[]> {
    const { groups } = await this.#ask<{ groups: { rules: Rule[] }[] }>("rules?type=alert");
    return groups.flatMap(({ rules }) => rules);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#collector[Symbol.asyncDispose]();
    await this.#prometheus[Symbol.asyncDispose]();
    await this.backend[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #prometheusUrl(): string {
    return `http://127.0.0.1:${this.#ports.prometheus}`;
  }

  async #ask<Data>(path: string): Promise<Data> {
    const answer = await fetch(`${this.#prometheusUrl}/api/v1/${path}`);
    const { status, data, error } = (await answer.json()) as Record<string, unknown>;
    if (status !== "success") throw new Error(`${path}: ${error}`);
    return data as Data;
  }

  /** The repository's file, but for where it is and how often it looks. */
  #startPrometheus(): StackProgram {
    const file = join(root, "prometheus/prometheus.yml");
    const settings = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    settings["global"] = { scrape_interval: "1s", evaluation_interval: "1s" };
    settings["rule_files"] = [join(root, "prometheus/rules/*.yml")];
    settings["scrape_configs"] = [
      { job_name: "collector", static_configs: [{ targets: [`127.0.0.1:${this.#ports.own}`] }] },
    ];
    const path = join(this.#folder, "prometheus.yml");
    writeFileSync(path, stringify(settings));
    const compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true });
    const flags = (compose.services.prometheus.command as string[]).filter(
      (flag) => !/^--(?:config|storage\.tsdb\.path)/.test(flag),
    );
    return new StackProgram(Tool.Prometheus, [
      ...flags,
      `--config.file=${path}`,
      `--storage.tsdb.path=${join(this.#folder, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${this.#ports.prometheus}`,
    ]);
  }

  /** The repository's file with an overlay of ports, faster flushes, and the receiver for Tempo and Loki. */
  #startCollector(): StackProgram {
    const { otlp, grpc, health, own } = this.#ports;
    const at = (port: number): { endpoint: string } => ({ endpoint: `127.0.0.1:${port}` });
    const pull = { exporter: { prometheus: { host: "127.0.0.1", port: own } } };
    const overlay = {
      extensions: { health_check: at(health) },
      receivers: {
        otlp: { protocols: { grpc: at(grpc), http: at(otlp) } },
      },
      connectors: {
        span_metrics: { metrics_flush_interval: "1s" },
        service_graph: { metrics_flush_interval: "1s" },
      },
      exporters: {
        "otlp_http/prometheus": { endpoint: `${this.#prometheusUrl}/api/v1/otlp` },
        "otlp_http/loki": { endpoint: `${this.backend.url}/otlp`, encoding: "json" },
        "otlp_http/traces": { endpoint: this.backend.url, encoding: "json" },
      },
      service: {
        pipelines: { "traces/out": { exporters: ["otlp_http/traces"] } },
        telemetry: { metrics: { readers: [{ pull }] } },
      },
    };
    const path = join(this.#folder, "overlay.yaml");
    writeFileSync(path, stringify(overlay));
    const config = join(root, "collector/config.yaml");
    return new StackProgram(
      Tool.Collector,
      [
        `--config=${config}`,
        `--config=${path}`,
        "--feature-gates=-connector.spanmetrics.includeCollectorInstanceID",
      ],
      { COLLECTOR_STATE: join(this.#folder, "state"), COLLECTOR_LOGS: this.logFolder },
    );
  }
}
