import { processTaps } from "../../telemetry/process-taps.ts";

/** Destination of a logger: the part of a stream that pino needs. */
export interface ConsoleLogStream {
  write(line: string): void;
}

/**
 * Creates a stream that passes the lines of your own pino logger to the consoles of this process. Add it
 * beside the logger's destination: the stream itself stores nothing. Loggers from `createLogger` do not need
 * it.
 *
 * @example `pino(pino.multistream([{ stream: process.stdout }, { stream: consoleLogStream() }]))`
 */
export function consoleLogStream(): ConsoleLogStream {
  const { lines } = processTaps;
  return {
    write(line) {
      if (lines.attached) lines.pass(line);
    },
  };
}
