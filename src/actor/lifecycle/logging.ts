import type { Logger } from "pino";
import { errorType } from "../../base/errors.ts";
import { failureFields } from "../../telemetry/error-fields.ts";
import type { ActorCell } from "../cell/cell.ts";

type Level = "debug" | "info" | "warn" | "error";

/**
 * Writes a line of the runtime's own, which has of an error in `err` its type, message, code, stack and
 * causes. A log that throws must not stop what the line tells of: telemetry never throws into the
 * application. A logger that cannot write the line is given its event alone.
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
    // There is nowhere left to say it.
  }
}

/** {@link write} in the log of an actor. */
export function log(cell: ActorCell, level: Level, fields: object, text: string): void {
  write(cell.log, level, fields, text);
}
