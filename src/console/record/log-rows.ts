import type { LogRow } from "../../wire/answers.ts";

const INFO = 30;

/** pino's numeric levels, for loggers that write names instead. */
const LEVELS: ReadonlyMap<string, number> = new Map([
  ["trace", 10],
  ["debug", 20],
  ["info", 30],
  ["warn", 40],
  ["error", 50],
  ["fatal", 60],
]);

/** Returns the number of a level given by name or number; `undefined` when it is unknown. */
export function levelNumber(level: string): number | undefined {
  const number = LEVELS.get(level.toLowerCase()) ?? Number(level);
  return Number.isFinite(number) && level.trim() !== "" ? number : undefined;
}

/** Prefix that limelight adds to a user's field whose name it uses itself. */
const DISPLACED =
  /^fields\.(level|time|msg|trace_id|span_id|trace_flags|actor_id|actor_type|actor_key|actor_generation)$/;
/**
 * What pino writes first. A user's field may follow with the same key, and `JSON.parse` would return that
 * one.
 */
const PREFIX = /^\{"level":(\d+),"time":(\d+)[,}]/;

/** Parses a log line. Text that is not a JSON object becomes the row's message. */
export function parseLine(sequence: number, line: string): LogRow {
  const fields = parse(line);
  const [, ownLevel, ownTime] = PREFIX.exec(line) ?? [];
  const row = {
    sequence,
    atMs: ownTime === undefined ? toMs(take(fields, TIME_NAMES)) : own(fields, "time", ownTime),
    level:
      ownLevel === undefined ? toLevel(take(fields, LEVEL_NAMES)) : own(fields, "level", ownLevel),
    msg: text(take(fields, TEXT_NAMES)) ?? "",
    event: text(take(fields, ["event"])),
    actorId: text(take(fields, ["actor_id"])),
    actorType: text(take(fields, ["actor_type"])),
    traceId: text(take(fields, ["trace_id"])),
    spanId: text(take(fields, ["span_id"])),
  };
  take(fields, ["trace_flags"]);
  return { ...row, fields: withOwnNames(fields) };
}

/** Names that loggers use for level, time and message. The first one that a line has is taken. */
const LEVEL_NAMES = ["level", "severity"];
const TIME_NAMES = ["time", "timestamp", "@timestamp"];
const TEXT_NAMES = ["msg", "message"];

function take(fields: Record<string, unknown>, names: readonly string[]): unknown {
  const name = names.find((candidate) => fields[candidate] !== undefined);
  if (name === undefined) return undefined;
  const value = fields[name];
  delete fields[name];
  return value;
}

/** Returns the line's own number: a different value under that name belongs to a field of the user. */
function own(fields: Record<string, unknown>, name: string, number: string): number {
  if (fields[name] === Number(number)) delete fields[name];
  return Number(number);
}

function toLevel(level: unknown): number {
  return typeof level === "number" ? level : (levelNumber(String(level)) ?? INFO);
}

/** Returns the user's fields under their original names. */
function withOwnNames(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(fields).map(([key, value]) => {
    return [DISPLACED.exec(key)?.[1] ?? key, value] as const;
  });
  return Object.fromEntries(entries);
}

function parse(line: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Record<string, unknown>;
    }
  } catch {
    // Not a JSON object: the format of another logger.
  }
  return { msg: line.trimEnd() };
}

/** Returns milliseconds from pino's numeric time or an ISO date; 0 when a line has no time. */
function toMs(time: unknown): number {
  if (typeof time === "number") return time;
  const parsed = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return Number.isNaN(parsed) ? 0 : parsed;
}

function text(value: unknown): string | null {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? null : JSON.stringify(value);
}
