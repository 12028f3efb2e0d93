import { metrics as metricsApi } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { RuntimeNodeInstrumentation } from "@opentelemetry/instrumentation-runtime-node";
import type { NodeSDK } from "@opentelemetry/sdk-node";
import type { Clock } from "../base/clock.ts";
import { VERSION } from "../telemetry/version.ts";
import { type Diagnostics, LOG_LEVEL_VARIABLE } from "./diagnostics.ts";
import type { Environment } from "./environment.ts";
import { createMetricOutlets, type MetricOutlets } from "./metric-readers.ts";
import { loadRuntimeNode, loadSdkNode } from "./packages.ts";
import type { ProcessRole } from "./process/process-role.ts";
import { MetricsServer } from "./prometheus/metrics-server.ts";
import { createResource } from "./resource.ts";
import { createSampler } from "./spans/sampler.ts";
import { readSpanLimits } from "./spans/span-limits.ts";
import { reportSpanMetrics } from "./spans/span-metrics.ts";
import { createSpanOutlets } from "./spans/span-processors.ts";
import { reportIgnored } from "./standard-variables.ts";
import { Telemetry } from "./telemetry.ts";

/**
 * Resolution of the event loop delay histogram. The instrumentation's readme says 5,000, which hides all
 * detail.
 */
const MONITORING_PRECISION_MS = 10;

/** Parameters of {@link startSdk}. */
export interface StartSdkParts {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly environment: Environment;
  readonly role: ProcessRole;
  /** Whether a console displays spans, even where they are not exported. */
  readonly watched: boolean;
}

/** Starts OpenTelemetry's SDK as configured by the environment, and registers it. */
export function startSdk(parts: StartSdkParts): Telemetry {
  const { clock, diagnostics, environment, role, watched } = parts;
  reportIgnored(environment);
  const resource = createResource(environment);
  const sampler = createSampler(environment);
  const spanLimits = readSpanLimits(environment);
  const maxTextLength = spanLimits.attributeValueLengthLimit;
  const spans = createSpanOutlets({ environment, clock, diagnostics, watched, maxTextLength });
  const metrics = createMetricOutlets(parts);
  const instrumentation = createInstrumentation(metrics);
  const sdk = withoutLogLevel(() => {
    const { NodeSDK } = loadSdkNode();
    return new NodeSDK({
      resource,
      autoDetectResources: false,
      contextManager: new AsyncLocalStorageContextManager(),
      sampler,
      spanProcessors: spans.processors,
      spanLimits,
      metricReaders: metrics.readers,
      instrumentations: instrumentation === undefined ? [] : [instrumentation],
      ...(environment.text("OTEL_LOGS_EXPORTER") === undefined ? { logRecordProcessors: [] } : {}),
    });
  });
  sdk.start();
  if (spans.queue !== undefined && metrics.readers.length > 0) {
    reportSpanMetrics(metricsApi.getMeter("limelight/preload", VERSION), spans.queue);
  }
  const { page } = metrics;
  const server = page === undefined ? undefined : new MetricsServer(page, environment, diagnostics);
  const serviceName = String(resource.attributes["service.name"]);
  return new Telemetry({
    clock,
    role,
    sdk,
    sampler,
    spans,
    metrics,
    server,
    instrumentation,
    serviceName,
  });
}

/** Creates the instrumentation of runtime metrics, unless no reader exists: its observers have a cost. */
function createInstrumentation(metrics: MetricOutlets): RuntimeNodeInstrumentation | undefined {
  if (metrics.readers.length === 0) return undefined;
  const { RuntimeNodeInstrumentation } = loadRuntimeNode();
  return new RuntimeNodeInstrumentation({ monitoringPrecision: MONITORING_PRECISION_MS });
}

/**
 * Creates the SDK with its log level hidden: it would otherwise replace our logger by one that writes to
 * stdout, between the application's own lines.
 */
function withoutLogLevel(make: () => NodeSDK): NodeSDK {
  const level = process.env[LOG_LEVEL_VARIABLE];
  if (level === undefined) return make();
  delete process.env[LOG_LEVEL_VARIABLE];
  try {
    return make();
  } finally {
    process.env[LOG_LEVEL_VARIABLE] = level;
  }
}
