import type { Logger } from "pino";
import { errorType } from "../../base/errors.ts";
import { failureFields } from "../../telemetry/logs/error-fields.ts";
import type { ActorCell } from "../cell/cell.ts";

type Level = "debug" | "info" | "warn" | "error";

/**
 * Writes a log line of the runtime. An error in `err` is reduced to type, message, code, stack and causes. A
 * logger that throws does not affect the caller, since telemetry must never throw into the application. A
 * logger that cannot write the line gets only its event.
 */
export function write(logger: Logger, level: Level, fields: object, text: string): void {
  const { err, ...others } = fields as { readonly err?: unknown };
  try {
    logger[level](err === undefined ? fields : { ...others, err: failureFields(err) }, text);
  } catch {
    writePlainly(logger, level, fields, text);
  }
}

function writePlainly(logger: Logger, level: Level, fields: object, text: string): void {
  try {
    const { event, err } = fields as { readonly event?: string; readonly err?: unknown };
    logger[level]({ event, ...(err === undefined ? {} : { error_type: errorType(err) }) }, text);
  } catch {
    // No other log is left to report this to.
  }
}

/** Returns whether lines of `level` are written; true for a logger that cannot say. */
export function writes(logger: Logger, level: Level): boolean {
  try {
    return logger.isLevelEnabled(level);
  } catch {
    return true;
  }
}

/** Calls {@link write} with the log of an actor. */
export function log(cell: ActorCell, level: Level, fields: object, text: string): void {
  write(cell.log, level, fields, text);
}
