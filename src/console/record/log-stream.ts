import { processTaps } from "../../telemetry/process-taps.ts";

/** Where a logger writes: the part of a stream that pino needs. */
export interface ConsoleLogStream {
  write(line: string): void;
}

/**
 * Creates a stream for a pino logger of your own, beside where its lines go: consoles of this process see
 * them. It keeps none. Loggers of `createLogger` need no such stream.
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
