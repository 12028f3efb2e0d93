import type * as Core from "@opentelemetry/core";
import type * as OtlpMetrics from "@opentelemetry/exporter-metrics-otlp-http";
import type * as Prometheus from "@opentelemetry/exporter-prometheus";
import type * as OtlpNodeHttp from "@opentelemetry/otlp-exporter-base/node-http";
import type * as OtlpTransformer from "@opentelemetry/otlp-transformer";
import type * as B3 from "@opentelemetry/propagator-b3";
import type * as Resources from "@opentelemetry/resources";
import type * as SdkLogs from "@opentelemetry/sdk-logs";
import type * as SdkMetrics from "@opentelemetry/sdk-metrics";
import type * as SdkTrace from "@opentelemetry/sdk-trace";
import type * as Yaml from "yaml";
import { requireFrom } from "../base/node/module-require.ts";

/*
 * OpenTelemetry's packages, each loaded by `require` when first needed.
 *
 * Their CommonJS builds load faster than their ES modules (150 against 190 ms). Both share one set of globals.
 * The API and the context manager are still imported as ES modules: the runtime compares contexts with its
 * copy of `ROOT_CONTEXT`.
 */
const require = requireFrom(import.meta.url);

/** Suppression of tracing. */
export const loadCore = (): typeof Core => require("@opentelemetry/core") as typeof Core;

/** Temporalities of pushed metrics. */
export const loadOtlpMetrics = (): typeof OtlpMetrics =>
  require("@opentelemetry/exporter-metrics-otlp-http") as typeof OtlpMetrics;

/** Parser of `OTEL_EXPORTER_OTLP_*`. */
export const loadOtlpNodeHttp = (): typeof OtlpNodeHttp =>
  require("@opentelemetry/otlp-exporter-base/node-http") as typeof OtlpNodeHttp;

/** OTLP encoders. */
export const loadOtlpTransformer = (): typeof OtlpTransformer =>
  require("@opentelemetry/otlp-transformer") as typeof OtlpTransformer;

/** The pull reader, and Prometheus' text format. */
export const loadPrometheus = (): typeof Prometheus =>
  require("@opentelemetry/exporter-prometheus") as typeof Prometheus;

/** Propagation in Zipkin's headers. */
export const loadB3 = (): typeof B3 => require("@opentelemetry/propagator-b3") as typeof B3;

/** Resources. */
export const loadResources = (): typeof Resources =>
  require("@opentelemetry/resources") as typeof Resources;

/** The meter provider, the periodic reader and the console exporter of metrics. */
export const loadSdkMetrics = (): typeof SdkMetrics =>
  require("@opentelemetry/sdk-metrics") as typeof SdkMetrics;

/** The logger provider, and the console exporter of log records. */
export const loadSdkLogs = (): typeof SdkLogs =>
  require("@opentelemetry/sdk-logs") as typeof SdkLogs;

/** YAML, for `OTEL_CONFIG_FILE`. */
export const loadYaml = (): typeof Yaml => require("yaml") as typeof Yaml;

/** The tracer provider, samplers and the console exporter of spans. */
export const loadSdkTrace = (): typeof SdkTrace =>
  require("@opentelemetry/sdk-trace") as typeof SdkTrace;
