/** One stream of an answer of Loki. Structured metadata stands among the labels. */
export interface LokiStream {
  readonly stream: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch, line. */
  readonly values: readonly (readonly [string, string, ...unknown[]])[];
}

/** One line with all that is known of it. */
export interface LogLine {
  /** Tells lines apart that are otherwise alike. */
  readonly key: string;
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Empty where it was written outside of any trace. */
  readonly traceId: string;
}

type LogLevel = "debug" | "info" | "warn" | "error" | "unknown";

/** All lines, by time. */
export function logLines(streams: readonly LokiStream[], oldestFirst: boolean): LogLine[] {
  const lines = streams.flatMap(({ stream, values }, index) =>
    values.map(([time, text], place) => ({
      time: BigInt(time),
      line: {
        key: `${time}/${index}/${place}`,
        timeMs: Number(BigInt(time) / 1_000_000n),
        level: levelOf(stream),
        text,
        fields: stream,
        traceId: stream["trace_id"] ?? "",
      },
    })),
  );
  const direction = oldestFirst ? 1 : -1;
  lines.sort((a, b) => (a.time === b.time ? 0 : a.time < b.time ? -direction : direction));
  return lines.map(({ line }) => line);
}

/** By OpenTelemetry's severities: four numbers for each level, from trace at 1 to fatal at 21. */
function levelOf(fields: Readonly<Record<string, string>>): LogLevel {
  const severity = Number(fields["severity_number"] ?? Number.NaN);
  if (severity >= 17) return "error";
  if (severity >= 13) return "warn";
  if (severity >= 9) return "info";
  return severity >= 1 ? "debug" : "unknown";
}
