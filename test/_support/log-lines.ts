import type { Logger } from "pino";
import { type CreateLoggerOptions, createLogger } from "../../src/telemetry.ts";

/** A logger and what it wrote: as text, and parsed. */
export interface KeptLines {
  readonly logger: Logger;
  readonly written: string[];
  line(at?: number): Record<string, unknown>;
}

/** Creates a logger that keeps its lines. */
export function keepLines(options: CreateLoggerOptions = {}): KeptLines {
  const written: string[] = [];
  const logger = createLogger({ ...options, destination: { write: (line) => written.push(line) } });
  const line = (at = -1): Record<string, unknown> =>
    JSON.parse(written.at(at) ?? "null") as Record<string, unknown>;
  return { logger, written, line };
}
