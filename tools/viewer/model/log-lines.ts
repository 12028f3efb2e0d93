/** A line of VictoriaLogs' answer: `_time`, `_msg` and the record's fields, all as texts. */
export type LogRecord = Readonly<Record<string, string>>;

/** One line with all its fields. */
export interface LogLine {
  /** Tells lines apart that are otherwise alike. */
  readonly key: string;
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly text: string;
  /** Without those that VictoriaLogs adds, whose names begin with `_`. */
  readonly fields: LogRecord;
}

type LogLevel = "debug" | "info" | "warn" | "error" | "unknown";

/** All lines by time; those of the same time by their place in the file that they were read from. */
export function logLines(records: readonly LogRecord[], oldestFirst: boolean): LogLine[] {
  const direction = oldestFirst ? 1 : -1;
  const keyOf = uniqueKeys();
  return records
    .map((record) => ({ record, timeNs: nanoseconds(record["_time"] ?? "") }))
    .toSorted(
      (a, b) => direction * (Number(a.timeNs - b.timeNs) || placeOf(a.record) - placeOf(b.record)),
    )
    .map(({ record, timeNs }) => ({
      key: keyOf(`${timeNs}/${record["_stream_id"]}/${placeOf(record)}/${record["_msg"]}`),
      timeMs: Number(timeNs / 1_000_000n),
      level: levelOf(record),
      text: record["_msg"] ?? "",
      fields: Object.fromEntries(Object.entries(record).filter(([name]) => !name.startsWith("_"))),
    }));
}

/** Numbers equal keys: VictoriaLogs keeps duplicates of a line. */
function uniqueKeys(): (key: string) => string {
  const counts = new Map<string, number>();
  return (key) => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return `${key}/${count}`;
  };
}

/** Since the epoch, of `2026-11-25T22:46:12.345678901Z` with any number of decimals. */
function nanoseconds(time: string): bigint {
  const [, seconds = "", decimals = ""] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(time) ?? [];
  const wholeMs = Date.parse(`${seconds}Z`);
  if (Number.isNaN(wholeMs)) return 0n;
  return BigInt(wholeMs) * 1_000_000n + BigInt(decimals.padEnd(9, "0").slice(0, 9));
}

function placeOf(record: LogRecord): number {
  return Number(record["log.file.record_number"] ?? 0);
}

/** By OpenTelemetry's severities: four numbers for each level, from trace at 1 to fatal at 21. */
function levelOf(record: LogRecord): LogLevel {
  const severity = Number(record["severity_number"] ?? 0);
  if (severity >= 17) return "error";
  if (severity >= 13) return "warn";
  if (severity >= 9) return "info";
  return severity >= 1 ? "debug" : "unknown";
}
