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

/** The collector's, as far as a list in them has to be written again as a whole. */
interface CollectorSettings {
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

/** The command's flags of a service of the compose file, but for those that say where something is. */
function composeFlags(service: string, places: RegExp): string[] {
  const compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true });
  const { command } = (compose as { services: Record<string, { command: string[] }> }).services[
    service
  ] ?? { command: [] };
  return command.filter((flag) => !places.test(flag));
}

/** Where the application's log files are looked for. */
export function logFolder({ folder }: StackPlace): string {
  return join(folder, "logs");
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
    scrape_configs: [job("collector", ports.collectorMetrics), job("prometheus", ports.prometheus)],
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
  const { folder, ports, intervalS } = place;
  const at = (port: number): Settings => ({ endpoint: `${LOOPBACK}:${port}` });
  const flush = { metrics_flush_interval: `${intervalS}s` };
  const base = readSettings("collector/config.yaml") as unknown as CollectorSettings;
  const readers = base.service.telemetry.metrics.readers.map((reader) =>
    merged(reader, {
      pull: { exporter: { prometheus: { host: LOOPBACK, port: ports.collectorMetrics } } },
    }),
  );
  const overlay = {
    extensions: { health_check: at(ports.collectorHealth) },
    receivers: { otlp: { protocols: { grpc: at(ports.otlpGrpc), http: at(ports.otlpHttp) } } },
    connectors: { span_metrics: flush, service_graph: flush },
    exporters: {
      "otlp_http/prometheus": {
        endpoint: `http://${LOOPBACK}:${ports.prometheus}/api/v1/otlp`,
      },
      "otlp_http/loki": { endpoint: `http://${LOOPBACK}:${ports.loki}/otlp` },
      "otlp_grpc/tempo": at(ports.tempoOtlp),
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
      COLLECTOR_STATE: join(folder, "collector"),
      COLLECTOR_LOGS: logFolder(place),
    },
  };
}

/** Arguments of Tempo. */
export function tempoArgs(place: StackPlace): string[] {
  const { folder, ports } = place;
  const settings = merged(readSettings("tempo/tempo.yaml"), {
    server: {
      http_listen_address: LOOPBACK,
      http_listen_port: ports.tempo,
      grpc_listen_address: LOOPBACK,
      grpc_listen_port: ports.tempoGrpc,
    },
    distributor: {
      receivers: {
        otlp: { protocols: { grpc: { endpoint: `${LOOPBACK}:${ports.tempoOtlp}` } } },
      },
    },
    storage: {
      trace: {
        local: { path: join(folder, "tempo/blocks") },
        wal: { path: join(folder, "tempo/wal") },
      },
    },
  });
  return [`-config.file=${writeSettings(place, "tempo.yaml", settings)}`];
}

/** Arguments of Loki. */
export function lokiArgs(place: StackPlace): string[] {
  const { folder, ports } = place;
  const settings = merged(readSettings("loki/loki.yaml"), {
    server: {
      http_listen_address: LOOPBACK,
      http_listen_port: ports.loki,
      grpc_listen_address: LOOPBACK,
      grpc_listen_port: ports.lokiGrpc,
    },
    common: {
      path_prefix: join(folder, "loki"),
      storage: {
        filesystem: {
          chunks_directory: join(folder, "loki/chunks"),
          rules_directory: join(folder, "loki/rules"),
        },
      },
    },
    compactor: { working_directory: join(folder, "loki/compactor") },
  });
  return [`-config.file=${writeSettings(place, "loki.yaml", settings)}`];
}
