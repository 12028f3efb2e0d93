import {
  type ConfigVariables,
  encode,
  put,
  readProcessors,
  readReaders,
} from "./config-exporters.ts";
import type { ConfigNode } from "./config-node.ts";

/** Names of limits, and what they are called in variables. */
const LIMITS: readonly (readonly [key: string, variable: string])[] = [
  ["attribute_value_length_limit", "ATTRIBUTE_VALUE_LENGTH_LIMIT"],
  ["attribute_count_limit", "ATTRIBUTE_COUNT_LIMIT"],
];
const SPAN_LIMITS: readonly (readonly [key: string, variable: string])[] = [
  ["event_count_limit", "OTEL_SPAN_EVENT_COUNT_LIMIT"],
  ["link_count_limit", "OTEL_SPAN_LINK_COUNT_LIMIT"],
  ["event_attribute_count_limit", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"],
  ["link_attribute_count_limit", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"],
];
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
/** Names of `OTEL_LOG_LEVEL` that differ from those of the file. */
const LEVEL_NAMES: Readonly<Record<string, string>> = { trace: "verbose", fatal: "error" };
const DETECTORS = ["host", "process", "service"] as const;

/**
 * Translates a configuration file into the standard variables that mean the same.
 *
 * As in the schema, a signal that the file does not name is off: without `tracer_provider` there are no traces.
 *
 * @see {@link https://github.com/open-telemetry/opentelemetry-configuration | The schema}
 */
export function configVariables(root: ConfigNode): ConfigVariables {
  const variables: ConfigVariables = new Map();
  readFormat(root);
  put(variables, "OTEL_SDK_DISABLED", root.flag("disabled"));
  const level = root.choice("log_level", LEVELS);
  put(variables, "OTEL_LOG_LEVEL", level === undefined ? undefined : (LEVEL_NAMES[level] ?? level));
  readLimits(root.map("attribute_limits"), "OTEL_", variables);
  readResource(root.map("resource"), variables);
  readPropagator(root.map("propagator"), variables);
  readTracerProvider(root.map("tracer_provider"), variables);
  readMeterProvider(root.map("meter_provider"), variables);
  readLoggerProvider(root.map("logger_provider"), variables);
  root.end();
  return variables;
}

function readFormat(root: ConfigNode): void {
  const format = root.text("file_format");
  if (format === undefined) root.refuse("file_format", 'is missing: "1.0"');
  else if (!/^1(?:\.\d+)?$/.test(format)) {
    root.refuse("file_format", `must be 1.x, not ${JSON.stringify(format)}`);
  }
}

function readLimits(
  node: ConfigNode | undefined,
  prefix: string,
  variables: ConfigVariables,
): void {
  for (const [key, name] of LIMITS) put(variables, `${prefix}${name}`, node?.number(key));
  if (prefix === "OTEL_SPAN_") {
    for (const [key, name] of SPAN_LIMITS) put(variables, name, node?.number(key));
  }
  node?.end();
}

function readResource(node: ConfigNode | undefined, variables: ConfigVariables): void {
  if (node === undefined) return;
  const attributes = node.maps("attributes").map((attribute) => {
    const name = attribute.required("name");
    const value = attribute.text("value");
    const type = attribute.choice("type", ["string", "bool", "int", "double"]);
    if (type !== undefined && type !== "string") {
      attribute.refuse("type", "is not followed: limelight/preload writes texts");
    }
    attribute.end();
    return `${encode(name)}=${encode(value)}`;
  });
  const list = node.text("attributes_list");
  // The last one of a name counts: `attributes` take precedence over the list.
  const all = list === undefined ? attributes : [list, ...attributes];
  if (all.length > 0) variables.set("OTEL_RESOURCE_ATTRIBUTES", all.join(","));
  const detection = node.map("detection/development");
  const names = (detection?.maps("detectors") ?? []).flatMap((detector) => {
    const name = detector.only(DETECTORS);
    if (name !== undefined) detector.map(name)?.end();
    detector.end();
    return name === undefined ? [] : [name === "service" ? "serviceinstance" : name];
  });
  if (names.length > 0) variables.set("OTEL_NODE_RESOURCE_DETECTORS", names.join(","));
  detection?.end();
  node.end();
}

function readPropagator(node: ConfigNode | undefined, variables: ConfigVariables): void {
  const named = (node?.maps("composite") ?? []).flatMap((propagator) => {
    const name = propagator.only(["tracecontext", "baggage", "b3", "b3multi"]);
    if (name !== undefined) propagator.map(name)?.end();
    propagator.end();
    return name ?? [];
  });
  const listed = node?.text("composite_list")?.split(",") ?? [];
  const names = [...named, ...listed.map((name) => name.trim())].filter((name) => name !== "");
  variables.set("OTEL_PROPAGATORS", names.length === 0 ? "none" : names.join(","));
  node?.end();
}

function readTracerProvider(node: ConfigNode | undefined, variables: ConfigVariables): void {
  if (node === undefined) {
    variables.set("OTEL_TRACES_EXPORTER", "none");
    return;
  }
  readProcessors(node, "TRACES", "OTEL_BSP", variables);
  readLimits(node.map("limits"), "OTEL_SPAN_", variables);
  const sampler = node.map("sampler");
  if (sampler !== undefined) readSampler(sampler, "", variables);
  node.end();
}

/** @param prefix `parentbased_` below `parent_based` */
function readSampler(node: ConfigNode, prefix: string, variables: ConfigVariables): void {
  const simple = ["always_on", "always_off", "trace_id_ratio_based"] as const;
  const kind = node.only(prefix === "" ? [...simple, "parent_based"] : simple);
  const settings = kind === undefined ? undefined : node.map(kind);
  if (kind === "parent_based" && settings !== undefined) {
    const root = settings.map("root");
    if (root === undefined) variables.set("OTEL_TRACES_SAMPLER", "parentbased_always_on");
    else readSampler(root, "parentbased_", variables);
    for (const origin of ["remote", "local"]) {
      readDelegate(settings, `${origin}_parent_sampled`, "always_on");
      readDelegate(settings, `${origin}_parent_not_sampled`, "always_off");
    }
  } else if (kind === "trace_id_ratio_based") {
    variables.set("OTEL_TRACES_SAMPLER", `${prefix}traceidratio`);
    put(variables, "OTEL_TRACES_SAMPLER_ARG", settings?.number("ratio") ?? 1);
  } else if (kind !== undefined) {
    variables.set("OTEL_TRACES_SAMPLER", `${prefix}${kind}`);
  }
  settings?.end();
  node.end();
}

/** The standard samplers follow their parent: only the default of each case is possible. */
function readDelegate(
  settings: ConfigNode,
  key: string,
  expected: "always_on" | "always_off",
): void {
  const delegate = settings.map(key);
  if (delegate === undefined) return;
  const kind = delegate.only(["always_on", "always_off"]);
  if (kind !== undefined) delegate.map(kind)?.end();
  if (kind !== undefined && kind !== expected) {
    settings.refuse(key, `must be ${expected}: limelight/preload follows the parent`);
  }
  delegate.end();
}

function readMeterProvider(node: ConfigNode | undefined, variables: ConfigVariables): void {
  if (node === undefined) {
    variables.set("OTEL_METRICS_EXPORTER", "none");
    return;
  }
  readReaders(node, variables);
  node.choice("exemplar_filter", ["always_off"]);
  node.end();
}

function readLoggerProvider(node: ConfigNode | undefined, variables: ConfigVariables): void {
  if (node === undefined) return;
  readProcessors(node, "LOGS", "OTEL_BLRP", variables);
  readLimits(node.map("limits"), "OTEL_LOGRECORD_", variables);
  node.end();
}
