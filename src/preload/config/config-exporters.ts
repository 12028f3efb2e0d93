import type { ConfigNode } from "./config-node.ts";

/** Standard variables that stand for a configuration file. */
export type ConfigVariables = Map<string, string>;

/** Adds `value` under `name`, if there is a value. */
export function put(
  variables: ConfigVariables,
  name: string,
  value: string | number | boolean | undefined,
): void {
  if (value !== undefined) variables.set(name, String(value));
}

/** Signals, as their variables name them. */
type ConfigSignal = "TRACES" | "METRICS" | "LOGS";

/** Reads `otlp_http` of a signal. */
function readOtlp(node: ConfigNode, signal: ConfigSignal, variables: ConfigVariables): void {
  const set = (what: string, value: string | number | undefined): void =>
    put(variables, `OTEL_EXPORTER_OTLP_${signal}_${what}`, value);
  set("ENDPOINT", node.text("endpoint") ?? `http://localhost:4318/v1/${signal.toLowerCase()}`);
  const encoding = node.choice("encoding", ["protobuf", "json"]) ?? "protobuf";
  set("PROTOCOL", `http/${encoding}`);
  set("COMPRESSION", node.choice("compression", ["gzip", "none"]));
  set("TIMEOUT", node.number("timeout"));
  const headers = node.maps("headers").map((header) => {
    const pair = `${encode(header.required("name"))}=${encode(header.text("value"))}`;
    header.end();
    return pair;
  });
  const list = node.text("headers_list");
  const all = list === undefined ? headers : [list, ...headers];
  if (all.length > 0) set("HEADERS", all.join(","));
  const tls = node.map("tls");
  set("CERTIFICATE", tls?.text("ca_file"));
  set("CLIENT_KEY", tls?.text("key_file"));
  set("CLIENT_CERTIFICATE", tls?.text("cert_file"));
  tls?.end();
  if (signal === "METRICS") {
    set(
      "TEMPORALITY_PREFERENCE",
      node
        .choice("temporality_preference", ["cumulative", "delta", "low_memory"])
        ?.replace("_", ""),
    );
    const aggregations = [
      "explicit_bucket_histogram",
      "base2_exponential_bucket_histogram",
    ] as const;
    set(
      "DEFAULT_HISTOGRAM_AGGREGATION",
      node.choice("default_histogram_aggregation", aggregations),
    );
  }
  node.end();
}

/** Returns a name or value as lists of pairs in variables have it. Half a surrogate pair has no encoding. */
export function encode(text: string | undefined): string {
  return encodeURIComponent((text ?? "").toWellFormed());
}

/** Reads the processors of spans or log records. */
export function readProcessors(
  provider: ConfigNode,
  signal: "TRACES" | "LOGS",
  prefix: "OTEL_BSP" | "OTEL_BLRP",
  variables: ConfigVariables,
): void {
  const exporters = provider.maps("processors").flatMap((processor) => {
    const kind = processor.only(["batch", "simple"]);
    const settings = kind === undefined ? undefined : processor.map(kind);
    if (kind === "batch" && settings !== undefined) readBatch(settings, prefix, variables);
    const exporter = settings?.requiredMap("exporter");
    const name = exporter === undefined ? undefined : readPush(exporter, signal, variables);
    if (kind === "simple" && name === "otlp") {
      processor.refuse("simple", "with otlp_http is not followed: use batch");
    }
    settings?.end();
    processor.end();
    return name ?? [];
  });
  putExporters(provider, "processors", signal, exporters, variables);
}

function readBatch(settings: ConfigNode, prefix: string, variables: ConfigVariables): void {
  put(variables, `${prefix}_SCHEDULE_DELAY`, settings.number("schedule_delay"));
  put(variables, `${prefix}_EXPORT_TIMEOUT`, settings.number("export_timeout"));
  put(variables, `${prefix}_MAX_QUEUE_SIZE`, settings.number("max_queue_size"));
  put(variables, `${prefix}_MAX_EXPORT_BATCH_SIZE`, settings.number("max_export_batch_size"));
}

/** Reads the readers of metrics. */
export function readReaders(provider: ConfigNode, variables: ConfigVariables): void {
  const exporters = provider.maps("readers").flatMap((reader) => {
    const kind = reader.only(["periodic", "pull"]);
    const settings = kind === undefined ? undefined : reader.map(kind);
    const exporter = settings?.requiredMap("exporter");
    if (kind === "periodic" && settings !== undefined) {
      put(variables, "OTEL_METRIC_EXPORT_INTERVAL", settings.number("interval"));
      put(variables, "OTEL_METRIC_EXPORT_TIMEOUT", settings.number("timeout"));
    }
    const read = kind === "periodic" ? readPush : readPull;
    const name = exporter === undefined ? undefined : read(exporter, "METRICS", variables);
    settings?.end();
    reader.end();
    return name ?? [];
  });
  putExporters(provider, "readers", "METRICS", exporters, variables);
}

/** Reads an exporter that sends, and returns its name in `OTEL_…_EXPORTER`. */
function readPush(
  exporter: ConfigNode,
  signal: ConfigSignal,
  variables: ConfigVariables,
): string | undefined {
  const name = exporter.only(["otlp_http", "console"]);
  const settings = name === undefined ? undefined : exporter.map(name);
  if (name === "otlp_http" && settings !== undefined) readOtlp(settings, signal, variables);
  else settings?.end();
  exporter.end();
  return name === "otlp_http" ? "otlp" : name;
}

/** Reads an exporter that is asked, and returns its name in `OTEL_METRICS_EXPORTER`. */
function readPull(
  exporter: ConfigNode,
  _signal: ConfigSignal,
  variables: ConfigVariables,
): string | undefined {
  const name = exporter.only(["prometheus/development"]);
  const settings = name === undefined ? undefined : exporter.map(name);
  put(variables, "OTEL_EXPORTER_PROMETHEUS_HOST", settings?.text("host"));
  put(variables, "OTEL_EXPORTER_PROMETHEUS_PORT", settings?.number("port"));
  settings?.end();
  exporter.end();
  return name === undefined ? undefined : "prometheus";
}

/** A second exporter of a kind would replace the settings of the first. */
function putExporters(
  provider: ConfigNode,
  key: string,
  signal: ConfigSignal,
  exporters: readonly string[],
  variables: ConfigVariables,
): void {
  if (new Set(exporters).size < exporters.length) {
    provider.refuse(key, "has two exporters of a kind: limelight/preload has one of each");
  }
  variables.set(`OTEL_${signal}_EXPORTER`, exporters.length === 0 ? "none" : exporters.join(","));
}
