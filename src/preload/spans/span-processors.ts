import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Clock } from "../../base/clock.ts";
import { tapProcessor } from "../../telemetry/process-taps.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Environment } from "../environment.ts";
import { CuttingProcessor } from "../otlp/cut-span.ts";
import type { QueueLimits } from "../otlp/export-queue.ts";
import { describeEndpoint, OtlpSignal, otlpEndpoint } from "../otlp/otlp-endpoint.ts";
import { OtlpExporter } from "../otlp/otlp-exporter.ts";
import { spanEncoder } from "../otlp/span-encoder.ts";
import { loadSdkTrace } from "../packages.ts";
import { SpanQueue } from "./span-queue.ts";

/** Destinations of spans. */
export interface SpanOutlets {
  /** Processors for the SDK. Empty when tracing is off. */
  readonly processors: SpanProcessor[];
  /** The queue to the collector, if there is one. */
  readonly queue: SpanQueue | undefined;
  readonly tracesEndpoint: string | undefined;
}

const MINUTE_MS = 60_000;

/** Parameters of {@link createSpanOutlets}. */
export interface SpanOutletParts {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Whether a console displays spans, even where they are not exported. */
  readonly watched: boolean;
  /** Maximum length of a text of a span. Default: no limit. */
  readonly maxTextLength?: number | undefined;
}

/** Creates the exporters that `OTEL_TRACES_EXPORTER` lists (default `otlp`), and passes spans to consoles. */
export function createSpanOutlets(parts: SpanOutletParts): SpanOutlets {
  const { environment, clock, diagnostics, watched, maxTextLength = Infinity } = parts;
  const processors: SpanProcessor[] = [];
  let queue: SpanQueue | undefined;
  let tracesEndpoint: string | undefined;
  for (const name of environment.exporters("OTEL_TRACES_EXPORTER", "otlp")) {
    switch (name) {
      case "otlp": {
        const endpoint = otlpEndpoint(environment, OtlpSignal.Traces);
        const exporter = new OtlpExporter(endpoint, spanEncoder(endpoint.protocol), clock);
        queue = new SpanQueue({ clock, exporter, limits: readLimits(environment), diagnostics });
        tracesEndpoint = describeEndpoint(endpoint.url);
        processors.push(queue);
        break;
      }
      case "console": {
        const { ConsoleSpanExporter, SimpleSpanProcessor } = loadSdkTrace();
        processors.push(new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() }));
        break;
      }
      default:
        environment.report(
          `OTEL_TRACES_EXPORTER knows otlp, console and none, not ${JSON.stringify(name)}`,
        );
    }
  }
  // Without an exporter or a console there are no processors, so the SDK creates no spans.
  if (!watched && processors.length === 0) return { processors, queue, tracesEndpoint };
  // While no console is attached, the tap costs one check per span.
  processors.push(tapProcessor());
  const cutting = (next: SpanProcessor): SpanProcessor => new CuttingProcessor(next, maxTextLength);
  const cut = maxTextLength === Infinity ? processors : processors.map(cutting);
  return { processors: cut, queue, tracesEndpoint };
}

function readLimits(environment: Environment): QueueLimits {
  const spans = { min: 1, max: 10_000_000, integer: true };
  const capacity = environment.number("OTEL_BSP_MAX_QUEUE_SIZE", 16_384, spans);
  const batch = environment.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 2_048, spans);
  return {
    capacity,
    batchSize: Math.min(batch, capacity),
    delayMs: environment.number("OTEL_BSP_SCHEDULE_DELAY", 1_000, { min: 0, max: 60 * MINUTE_MS }),
    exportTimeoutMs: environment.number("OTEL_BSP_EXPORT_TIMEOUT", 30_000, {
      min: 1,
      max: 60 * MINUTE_MS,
    }),
  };
}
