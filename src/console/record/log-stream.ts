import { processTaps } from "../../telemetry/process-taps.ts";

/** Destination of a logger: the part of a stream that pino needs. */
export interface ConsoleLogStream {
  /** Passes one line, including its line end, to the consoles of this process. */
  write(line: string): void;
}

/**
 * Creates a stream that passes the lines of your own pino logger to the consoles of this process. Add it
 * beside the logger's destination: the stream itself stores nothing. Loggers from `createLogger` do not need
 * it.
 *
 * @example
 * ```ts
 * import { pino } from "pino";
 *
 * const log = pino(pino.multistream([{ stream: process.stdout }, { stream: consoleLogStream() }]));
 * log.info("also in the console");
 * ```
 */
export function consoleLogStream(): ConsoleLogStream {
  const { lines } = processTaps;
  return {
    write(line) {
      if (lines.attached) lines.pass(line);
    },
  };
}
