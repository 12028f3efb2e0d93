import type { LogRow } from "../../wire/answers.ts";

const INFO = 30;

/** pino's numbers, for loggers that write names instead. */
const LEVELS: ReadonlyMap<string, number> = new Map([
  ["trace", 10],
  ["debug", 20],
  ["info", 30],
  ["warn", 40],
  ["error", 50],
  ["fatal", 60],
]);

/** The number of a level that was asked for by name or number; `undefined` when there is none such. */
export function levelNumber(level: string): number | undefined {
  const number = LEVELS.get(level.toLowerCase()) ?? Number(level);
  return Number.isFinite(number) && level.trim() !== "" ? number : undefined;
}

/** A line of the log as a row. What is no JSON, or no object, becomes the row's text. */
export function parseLine(sequence: number, line: string): LogRow {
  const {
    level,
    time,
    msg,
    event,
    actor_id,
    actor_type,
    trace_id,
    span_id,
    trace_flags,
    ...fields
  } = parse(line);
  return {
    sequence,
    atMs: toMs(time),
    level: typeof level === "number" ? level : (levelNumber(String(level)) ?? INFO),
    msg: text(msg) ?? "",
    event: text(event),
    actorId: text(actor_id),
    actorType: text(actor_type),
    traceId: text(trace_id),
    spanId: text(span_id),
    fields,
  };
}

function parse(line: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Record<string, unknown>;
    }
  } catch {
    // Somebody's own format.
  }
  return { msg: line.trimEnd() };
}

/** Time as pino writes it, in milliseconds, or as an ISO date; 0 where a line has none. */
function toMs(time: unknown): number {
  if (typeof time === "number") return time;
  const parsed = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return Number.isNaN(parsed) ? 0 : parsed;
}

function text(value: unknown): string | null {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? null : JSON.stringify(value);
}
