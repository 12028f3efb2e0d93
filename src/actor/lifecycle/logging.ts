import type { Logger } from "pino";
import type { ActorCell } from "../cell/cell.ts";

type Level = "debug" | "info" | "warn" | "error";

/**
 * Writes a line of the runtime's own. A log that throws, or an error that cannot be serialised, must not
 * stop what the line tells of: telemetry never throws into the application.
 */
export function write(logger: Logger, level: Level, fields: object, text: string): void {
  try {
    logger[level](fields, text);
  } catch {
    // There is nowhere left to say it.
  }
}

/** {@link write} in the log of an actor. */
export function log(cell: ActorCell, level: Level, fields: object, text: string): void {
  write(cell.log, level, fields, text);
}
