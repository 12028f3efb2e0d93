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

/** How a line of limelight names a field of the user's that is called like one of its own. */
const DISPLACED = /^fields\.(level|time|msg|trace_id|span_id|trace_flags|actor_id|actor_type)$/;
/** What pino writes first. A field of the user's may come later under the same key, which JSON then takes. */
const PREFIX = /^\{"level":(\d+),"time":(\d+)[,}]/;

/** A line of the log as a row. What is no JSON, or no object, becomes the row's text. */
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

/** Names that loggers give to level, time and text; the first that a line has is its own. */
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

/** The line's own number; another value under its name is a field of the user's. */
function own(fields: Record<string, unknown>, name: string, number: string): number {
  if (fields[name] === Number(number)) delete fields[name];
  return Number(number);
}

function toLevel(level: unknown): number {
  return typeof level === "number" ? level : (levelNumber(String(level)) ?? INFO);
}

/** The user's fields under the names that the user gave them. */
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
