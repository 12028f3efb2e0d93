import type { Resource } from "@opentelemetry/resources";
import type { LoggerProvider, LogRecordProcessor } from "@opentelemetry/sdk-logs";
import type { Clock } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import { processTaps } from "../../telemetry/process-taps.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Environment } from "../environment.ts";
import { ExportQueue, type QueueBytes, type QueueLimits } from "../otlp/export-queue.ts";
import { describeEndpoint, OtlpSignal, otlpEndpoint } from "../otlp/otlp-endpoint.ts";
import { OtlpExporter } from "../otlp/otlp-exporter.ts";
import { loadSdkLogs } from "../packages.ts";
import { LineRecords } from "./line-records.ts";
import { type LogItem, logEncoder } from "./log-encoder.ts";
import { type LogLimits, readLogLimits } from "./log-limits.ts";
import { LogQueueProcessor } from "./log-processor.ts";

/** Destinations of log records. */
export interface LogOutlets {
  /** Provider for the Logs API; `undefined` when no record is exported. */
  readonly provider: LoggerProvider | undefined;
  /** The queue to the collector, if there is one. */
  readonly queue: ExportQueue<LogItem> | undefined;
  readonly logsEndpoint: string | undefined;
}

/** Parameters of {@link createLogOutlets}. */
export interface LogOutletParts {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly resource: Resource;
}

const VARIABLE = "OTEL_LOGS_EXPORTER";
const MINUTE_MS = 60_000;
/** Bytes of lines that wait or are being sent. The number of lines alone would allow 1 GB: a line has up to 64 KB. */
const MAX_BYTES = 33_554_432;
/** Size that a record of the Logs API is taken for: its parts are not measured. */
const RECORD_BYTES = 1_024;

/**
 * Creates the exporters that `OTEL_LOGS_EXPORTER` lists (default none).
 *
 * With `otlp`, the lines of `createLogger()` are log records as well; {@link sendLines} begins it.
 */
export function createLogOutlets(parts: LogOutletParts): LogOutlets {
  const { environment, resource } = parts;
  const limits = readLogLimits(environment);
  const processors: LogRecordProcessor[] = [];
  let queue: ExportQueue<LogItem> | undefined;
  let logsEndpoint: string | undefined;
  for (const name of environment.exporters(VARIABLE, "none")) {
    switch (name) {
      case "otlp": {
        const { clock, diagnostics } = parts;
        const endpoint = otlpEndpoint(environment, OtlpSignal.Logs);
        const lines = new LineRecords(resource, limits, clock);
        const encoder = logEncoder(endpoint.protocol, lines);
        queue = new ExportQueue({
          signal: "logs",
          clock,
          diagnostics,
          exporter: new OtlpExporter(endpoint, encoder, clock),
          limits: readQueueLimits(environment),
          bytes: QUEUE_BYTES,
        });
        logsEndpoint = describeEndpoint(endpoint.url);
        processors.push(new LogQueueProcessor(queue));
        break;
      }
      case "console": {
        const { ConsoleLogRecordExporter, SimpleLogRecordProcessor } = loadSdkLogs();
        const exporter = new ConsoleLogRecordExporter();
        processors.push(new SimpleLogRecordProcessor({ exporter }));
        break;
      }
      default:
        environment.report(`${VARIABLE} knows otlp, console and none, not ${JSON.stringify(name)}`);
    }
  }
  if (processors.length === 0) return { provider: undefined, queue, logsEndpoint };
  return { provider: createProvider(parts, processors, limits), queue, logsEndpoint };
}

/** Lines do not need the provider, so they are sent even where the SDK's package does not run with an old API. */
function createProvider(
  { resource, environment }: LogOutletParts,
  processors: LogRecordProcessor[],
  limits: LogLimits,
): LoggerProvider | undefined {
  try {
    return new (loadSdkLogs().LoggerProvider)({
      resource,
      processors,
      logRecordLimits: {
        attributeCountLimit: limits.maxCount,
        attributeValueLengthLimit: limits.maxLength,
      },
    });
  } catch (error) {
    const { message } = toError(error);
    environment.report(`records of the Logs API are not exported: ${message}`);
    return undefined;
  }
}

/** Sends the lines of `createLogger()` to `queue` from now on. A line that it takes is marked on its stream. */
export function sendLines(queue: ExportQueue<LogItem>): void {
  processTaps.outlet = (line) => queue.push(line);
}

const QUEUE_BYTES: QueueBytes<LogItem> = {
  capacity: MAX_BYTES,
  sizeOf: (item) => (typeof item === "string" ? item.length : RECORD_BYTES),
};

function readQueueLimits(environment: Environment): QueueLimits {
  const records = { min: 1, max: 10_000_000, integer: true };
  const capacity = environment.number("OTEL_BLRP_MAX_QUEUE_SIZE", 16_384, records);
  const batch = environment.number("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", 1_024, records);
  return {
    capacity,
    batchSize: Math.min(batch, capacity),
    delayMs: environment.number("OTEL_BLRP_SCHEDULE_DELAY", 1_000, { min: 0, max: 60 * MINUTE_MS }),
    exportTimeoutMs: environment.number("OTEL_BLRP_EXPORT_TIMEOUT", 30_000, {
      min: 1,
      max: 60 * MINUTE_MS,
    }),
  };
}
