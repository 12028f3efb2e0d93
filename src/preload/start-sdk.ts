import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { Resource } from "@opentelemetry/resources";
import type { IMetricReader, MeterProvider } from "@opentelemetry/sdk-metrics";
import type { Clock } from "../base/clock.ts";
import { TracerProvider, type TracerProviderOptions } from "../telemetry/spans/tracer-provider.ts";
import { VERSION } from "../telemetry/version.ts";
import type { ApiRegistration } from "./api/api-registration.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Environment } from "./environment.ts";
import { createLogOutlets, sendLines } from "./logs/log-outlets.ts";
import { createMetricOutlets } from "./metric-readers.ts";
import { LOG_EXPORT, reportExportMetrics, SPAN_EXPORT } from "./otlp/export-metrics.ts";
import { loadSdkMetrics } from "./packages.ts";
import type { ProcessRole } from "./process/process-role.ts";
import { MetricsServer } from "./prometheus/metrics-server.ts";
import { createPropagator } from "./propagators.ts";
import { createResource } from "./resource.ts";
import { RuntimeMetrics } from "./runtime-metrics.ts";
import { createSampler } from "./spans/sampler.ts";
import { readSpanLimits } from "./spans/span-limits.ts";
import { createSpanOutlets } from "./spans/span-processors.ts";
import { reportIgnored } from "./standard-variables.ts";
import { Telemetry } from "./telemetry.ts";

/** Parameters of {@link startSdk}. */
export interface StartSdkParts {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly environment: Environment;
  readonly role: ProcessRole;
  /** Whether a console displays spans, even where they are not exported. */
  readonly watched: boolean;
  readonly registration: ApiRegistration;
}

/**
 * Starts the parts of OpenTelemetry's SDK that the environment configures, and registers them.
 *
 * They are put together here instead of by `NodeSDK`, which loads gRPC and every exporter, and requires
 * modules that instrumentations could not patch afterwards.
 */
export function startSdk(parts: StartSdkParts): Telemetry {
  const { clock, diagnostics, environment, role, watched, registration } = parts;
  reportIgnored(environment);
  const resource = createResource(environment);
  const sampler = createSampler(environment);
  const spanLimits = readSpanLimits(environment);
  const maxTextLength = spanLimits.attributeValueLengthLimit;
  const spans = createSpanOutlets({ environment, clock, diagnostics, watched, maxTextLength });
  const metrics = createMetricOutlets(parts);
  const logs = createLogOutlets({ environment, clock, diagnostics, resource });
  const meterProvider = createMeterProvider(resource, metrics.readers);
  const { processors: spanProcessors } = spans;
  const tracerProvider = createTracerProvider({ resource, sampler, spanLimits, spanProcessors });
  registration.register({
    trace: tracerProvider,
    metrics: meterProvider,
    logs: logs.provider,
    context: new AsyncLocalStorageContextManager().enable(),
    propagation: createPropagator(environment),
  });
  const { page } = metrics;
  const server = page === undefined ? undefined : new MetricsServer(page, environment, diagnostics);
  const meter = meterProvider?.getMeter("limelight/preload", VERSION);
  if (meter !== undefined) {
    if (spans.queue !== undefined) reportExportMetrics(meter, spans.queue, SPAN_EXPORT);
    if (logs.queue !== undefined) reportExportMetrics(meter, logs.queue, LOG_EXPORT);
  }
  if (logs.queue !== undefined) sendLines(logs.queue);
  const serviceName = String(resource.attributes["service.name"]);
  return new Telemetry({
    clock,
    role,
    providers: [tracerProvider, meterProvider, logs.provider].filter((part) => part !== undefined),
    tracerProvider,
    sampler,
    spans,
    metrics,
    logs,
    server,
    runtimeMetrics: meter === undefined ? undefined : new RuntimeMetrics(meter),
    serviceName,
  });
}

/** Without a processor there is no provider, so that no span is created. */
function createTracerProvider(config: TracerProviderOptions): TracerProvider | undefined {
  if (config.spanProcessors?.length === 0) return undefined;
  return new TracerProvider(config);
}

/** Without a reader there is no provider, so that instruments and the runtime's observers cost nothing. */
function createMeterProvider(
  resource: Resource,
  readers: IMetricReader[],
): MeterProvider | undefined {
  if (readers.length === 0) return undefined;
  return new (loadSdkMetrics().MeterProvider)({ resource, readers });
}
