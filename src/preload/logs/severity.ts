import type { SeverityNumber } from "@opentelemetry/api";

/** A severity of OpenTelemetry. */
export interface Severity {
  readonly severityNumber: SeverityNumber;
  readonly severityText: string;
}

/** `SeverityNumber` as numbers: API 1.9 does not have it. Levels of pino, highest first. A level of the user's own has the severity of the next lower one. */
const SEVERITIES: readonly (readonly [level: number, severity: Severity])[] = [
  [60, { severityNumber: 21, severityText: "FATAL" }],
  [50, { severityNumber: 17, severityText: "ERROR" }],
  [40, { severityNumber: 13, severityText: "WARN" }],
  [30, { severityNumber: 9, severityText: "INFO" }],
  [20, { severityNumber: 5, severityText: "DEBUG" }],
  [Number.NEGATIVE_INFINITY, { severityNumber: 1, severityText: "TRACE" }],
];
const UNSPECIFIED: Severity = { severityNumber: 0, severityText: "" };

/** Returns the severity of a line's `level`. */
export function severityOf(level: unknown): Severity {
  if (typeof level !== "number") return UNSPECIFIED;
  return SEVERITIES.find(([from]) => level >= from)?.[1] ?? UNSPECIFIED;
}
