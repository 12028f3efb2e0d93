import type { LogRecordProcessor, ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { processTaps } from "../../telemetry/process-taps.ts";
import type { ExportQueue } from "../otlp/export-queue.ts";
import type { LogItem } from "./log-encoder.ts";

/** The instrumentation that makes a record of each line that pino writes. */
const PINO = "@opentelemetry/instrumentation-pino";

/**
 * Passes records of the Logs API to the queue that the lines of `createLogger()` enter by themselves.
 *
 * A line that is being written there is not taken a second time from the instrumentation of pino.
 */
export class LogQueueProcessor implements LogRecordProcessor {
  readonly #queue: ExportQueue<LogItem>;

  constructor(queue: ExportQueue<LogItem>) {
    this.#queue = queue;
  }

  onEmit(record: ReadableLogRecord): void {
    if (processTaps.writing && record.instrumentationScope.name === PINO) return;
    this.#queue.push(record);
  }

  forceFlush(): Promise<void> {
    return this.#queue.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#queue.close();
  }
}
