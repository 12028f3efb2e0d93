import type { Environment } from "./environment.ts";

/** How the preload handles a variable of OpenTelemetry's specification. */
export const Treatment = {
  /** Invalid values are reported, and the default is used. */
  Followed: "followed",
  /** A warning is emitted when it is set. */
  Ignored: "not followed, with a warning",
} as const;
export type Treatment = (typeof Treatment)[keyof typeof Treatment];

const SIGNALS = ["", "TRACES_", "METRICS_", "LOGS_"];
const otlp = (infixes: readonly string[], ...names: string[]): string[] =>
  infixes.flatMap((infix) => names.map((name) => `OTEL_EXPORTER_OTLP_${infix}${name}`));

const FOLLOWED: readonly string[] = [
  "OTEL_CONFIG_FILE",
  "OTEL_EXPERIMENTAL_CONFIG_FILE",
  "OTEL_SDK_DISABLED",
  "OTEL_LOG_LEVEL",
  "OTEL_SERVICE_NAME",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_PROPAGATORS",
  "OTEL_TRACES_EXPORTER",
  "OTEL_METRICS_EXPORTER",
  "OTEL_LOGS_EXPORTER",
  "OTEL_TRACES_SAMPLER",
  "OTEL_TRACES_SAMPLER_ARG",
  "OTEL_BSP_SCHEDULE_DELAY",
  "OTEL_BSP_EXPORT_TIMEOUT",
  "OTEL_BSP_MAX_QUEUE_SIZE",
  "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
  "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_SPAN_EVENT_COUNT_LIMIT",
  "OTEL_SPAN_LINK_COUNT_LIMIT",
  "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
  "OTEL_METRIC_EXPORT_INTERVAL",
  "OTEL_METRIC_EXPORT_TIMEOUT",
  "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
  "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
  "OTEL_EXPORTER_PROMETHEUS_HOST",
  "OTEL_EXPORTER_PROMETHEUS_PORT",
  ...otlp(SIGNALS, "ENDPOINT", "HEADERS", "COMPRESSION", "TIMEOUT", "PROTOCOL"),
  ...otlp(SIGNALS, "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"),
  "OTEL_BLRP_SCHEDULE_DELAY",
  "OTEL_BLRP_EXPORT_TIMEOUT",
  "OTEL_BLRP_MAX_QUEUE_SIZE",
  "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
  "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
];

const GRPC = "it is for gRPC, and limelight/preload sends by HTTP: http:// or https:// decides";
const NO_ZIPKIN = "limelight/preload does not send to Zipkin";
const NO_JAEGER = "limelight/preload sends to Jaeger by OTLP";

/** Variables that are not followed, and why. */
const IGNORED: ReadonlyMap<string, string> = new Map([
  ["OTEL_ENTITIES", "limelight/preload reads OTEL_RESOURCE_ATTRIBUTES"],
  ["OTEL_METRICS_EXEMPLAR_FILTER", "limelight/preload makes no exemplars"],
  ["OTEL_EXPORTER_ZIPKIN_ENDPOINT", NO_ZIPKIN],
  ["OTEL_EXPORTER_ZIPKIN_TIMEOUT", NO_ZIPKIN],
  ["OTEL_EXPORTER_JAEGER_AGENT_HOST", NO_JAEGER],
  ["OTEL_EXPORTER_JAEGER_AGENT_PORT", NO_JAEGER],
  ["OTEL_EXPORTER_JAEGER_ENDPOINT", NO_JAEGER],
  ["OTEL_EXPORTER_JAEGER_PROTOCOL", NO_JAEGER],
  ["OTEL_EXPORTER_JAEGER_TIMEOUT", NO_JAEGER],
  ["OTEL_EXPORTER_JAEGER_USER", NO_JAEGER],
  ["OTEL_EXPORTER_JAEGER_PASSWORD", NO_JAEGER],
  ...otlp([...SIGNALS, "SPAN_", "METRIC_"], "INSECURE").map((name) => [name, GRPC] as const),
]);
/** Values that request what happens by default. */
const NEEDLESS: ReadonlyMap<string, string> = new Map([
  ["OTEL_METRICS_EXEMPLAR_FILTER", "always_off"],
]);

/** Every variable of the specification, and how it is handled. */
export const STANDARD_VARIABLES: ReadonlyMap<string, Treatment> = new Map([
  ...FOLLOWED.map((name) => [name, Treatment.Followed] as const),
  ...[...IGNORED.keys()].map((name) => [name, Treatment.Ignored] as const),
]);

/** Warns about each variable that is set and not followed. */
export function reportIgnored(environment: Environment): void {
  for (const [name, reason] of IGNORED) {
    const value = environment.text(name);
    if (value === undefined || value === NEEDLESS.get(name)) continue;
    environment.report(`${name} is not followed: ${reason}`);
  }
}

/** Warns if `OTEL_LOGS_EXPORTER` names exporters that the lines of `createLogger()` do not go to. */
export function reportLogs(environment: Environment, linesAreRecords: boolean): void {
  const names = environment.exporters("OTEL_LOGS_EXPORTER", "none");
  if (linesAreRecords || !names.includes("console") || names.includes("otlp")) return;
  environment.report(
    "OTEL_LOGS_EXPORTER=console is for records of OpenTelemetry's Logs API: lines of createLogger() are on stdout without it",
  );
}
