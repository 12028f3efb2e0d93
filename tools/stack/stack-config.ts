import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { StackPorts } from "./stack-ports.ts";

// The repository's own configuration files, changed in nothing but where programs listen, where they keep their data,
// and how often they look: what runs here is what runs in the containers.

const root = join(import.meta.dirname, "../..");
const LOOPBACK = "127.0.0.1";

/** Where the programs are, what they keep, and how often they look. */
export interface StackPlace {
  /** Folder of their data and of the configuration written for them. */
  readonly folder: string;
  readonly ports: StackPorts;
  /** Time between two looks at metrics and between two flushes of span metrics, in seconds. */
  readonly intervalS: number;
}

/** A map of a YAML file. */
type Settings = Record<string, unknown>;

/** The collector's and Jaeger's, as far as a list in them has to be written again as a whole. */
interface PipelineSettings {
  readonly service: {
    readonly telemetry: { readonly metrics: { readonly readers: readonly Settings[] } };
  };
}

function readSettings(file: string): Settings {
  return parse(readFileSync(join(root, file), "utf8")) as Settings;
}

function writeSettings(place: StackPlace, name: string, settings: Settings): string {
  const path = join(place.folder, name);
  writeFileSync(path, stringify(settings));
  return path;
}

/** `under` with the maps of `over` merged in; other values replace. */
function merged(under: Settings, over: Settings): Settings {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const known = result[key];
    result[key] = isMap(known) && isMap(value) ? merged(known, value) : value;
  }
  return result;
}

function isMap(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A service of the compose file. */
interface ComposeService {
  readonly command: readonly string[];
  readonly stop_grace_period?: string;
}

/** @throws Error when the compose file has no `name` */
function composeService(name: string): ComposeService {
  const compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true });
  const { services } = compose as { services: Record<string, ComposeService | undefined> };
  const service = services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

/** The command's flags of a service of the compose file, but for those that say where something is. */
function composeFlags(service: string, places: RegExp): string[] {
  return composeService(service).command.filter((flag) => !places.test(flag));
}

/** How long a service of the compose file may take to end before it is killed; Docker's own default is 10 s. */
export function stopGraceMs(service: string): number {
  return Number.parseInt(composeService(service).stop_grace_period ?? "10s", 10) * 1_000;
}

/** The readers of a program's own metrics, moved to `port` of loopback. */
function metricReaders(file: string, port: number): Settings[] {
  const { service } = readSettings(file) as unknown as PipelineSettings;
  return service.telemetry.metrics.readers.map((reader) =>
    merged(reader, { pull: { exporter: { prometheus: { host: LOOPBACK, port } } } }),
  );
}

/** An address of loopback, as OpenTelemetry's components write it. */
function endpoint(port: number): Settings {
  return { endpoint: `${LOOPBACK}:${port}` };
}

/** Where the application's log files are looked for. */
export function logFolder({ folder }: StackPlace): string {
  return join(folder, "logs");
}

/** Where the collector keeps its positions in the log files, and what waits for a store. */
export function collectorFolder({ folder }: StackPlace): string {
  return join(folder, "collector");
}

/** Arguments of Prometheus. */
export function prometheusArgs(place: StackPlace): string[] {
  const { folder, ports, intervalS } = place;
  const job = (name: string, port: number): Settings => ({
    job_name: name,
    static_configs: [{ targets: [`${LOOPBACK}:${port}`] }],
  });
  const settings = merged(readSettings("prometheus/prometheus.yml"), {
    global: { scrape_interval: `${intervalS}s`, evaluation_interval: `${intervalS}s` },
    rule_files: [join(root, "prometheus/rules/*.yml")],
    scrape_configs: [
      job("collector", ports.collectorMetrics),
      job("prometheus", ports.prometheus),
      job("jaeger", ports.jaegerMetrics),
      job("victorialogs", ports.victoriaLogs),
    ],
  });
  return [
    ...composeFlags("prometheus", /^--(?:config|storage\.tsdb\.path)/),
    `--config.file=${writeSettings(place, "prometheus.yml", settings)}`,
    `--storage.tsdb.path=${join(folder, "prometheus")}`,
    `--web.listen-address=${LOOPBACK}:${ports.prometheus}`,
  ];
}

/** Arguments and environment of the collector. */
export function collectorArgs(place: StackPlace): {
  readonly args: string[];
  readonly environment: NodeJS.ProcessEnv;
} {
  const { ports, intervalS } = place;
  const flush = { metrics_flush_interval: `${intervalS}s` };
  const readers = metricReaders("collector/config.yaml", ports.collectorMetrics);
  const overlay = {
    extensions: { health_check: endpoint(ports.collectorHealth) },
    receivers: {
      otlp: { protocols: { grpc: endpoint(ports.otlpGrpc), http: endpoint(ports.otlpHttp) } },
    },
    connectors: { span_metrics: flush, service_graph: flush },
    exporters: {
      "otlp_http/prometheus": {
        endpoint: `http://${LOOPBACK}:${ports.prometheus}/api/v1/otlp`,
      },
      "otlp_http/victorialogs": {
        logs_endpoint: `http://${LOOPBACK}:${ports.victoriaLogs}/insert/opentelemetry/v1/logs`,
      },
      "otlp_grpc/jaeger": endpoint(ports.jaegerOtlp),
    },
    service: { telemetry: { metrics: { readers } } },
  };
  return {
    args: [
      ...composeFlags("collector", /^--config/),
      `--config=${join(root, "collector/config.yaml")}`,
      `--config=${writeSettings(place, "collector.yaml", overlay)}`,
    ],
    environment: {
      COLLECTOR_STATE: collectorFolder(place),
      COLLECTOR_LOGS: logFolder(place),
    },
  };
}

/** Arguments of Jaeger. */
export function jaegerArgs(place: StackPlace): string[] {
  const { folder, ports } = place;
  const directories = {
    keys: join(folder, "jaeger/keys"),
    values: join(folder, "jaeger/values"),
  };
  const settings = merged(readSettings("jaeger/jaeger.yaml"), {
    service: {
      telemetry: { metrics: { readers: metricReaders("jaeger/jaeger.yaml", ports.jaegerMetrics) } },
    },
    extensions: {
      healthcheckv2: { http: endpoint(ports.jaegerHealth) },
      jaeger_query: { http: endpoint(ports.jaeger), grpc: endpoint(ports.jaegerGrpc) },
      jaeger_storage: { backends: { local: { badger: { directories } } } },
    },
    receivers: { otlp: { protocols: { grpc: endpoint(ports.jaegerOtlp) } } },
  });
  return [`--config=${writeSettings(place, "jaeger.yaml", settings)}`];
}

/** Arguments of VictoriaLogs. */
export function victoriaLogsArgs(place: StackPlace): string[] {
  const { folder, ports } = place;
  return [
    ...composeFlags("victorialogs", /^-(?:storageDataPath|httpListenAddr)=/),
    `-storageDataPath=${join(folder, "victorialogs")}`,
    `-httpListenAddr=${LOOPBACK}:${ports.victoriaLogs}`,
  ];
}
