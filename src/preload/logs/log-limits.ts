import type { AnyValue } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { Environment } from "../environment.ts";

/** Limits of a log record. */
export interface LogLimits {
  /** Maximum number of attributes; further ones are left out and counted in the record. */
  readonly maxCount: number;
  /** Maximum length of a text, in characters. */
  readonly maxLength: number;
}

/** Reads the limits of log records. */
export function readLogLimits(environment: Environment): LogLimits {
  const read = (what: string, fallback: number): number => {
    const names = [`OTEL_LOGRECORD_ATTRIBUTE_${what}_LIMIT`, `OTEL_ATTRIBUTE_${what}_LIMIT`];
    const name = names.find((candidate) => environment.text(candidate) !== undefined);
    const bounds = { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true };
    return name === undefined ? fallback : environment.number(name, fallback, bounds);
  };
  return { maxCount: read("COUNT", 128), maxLength: read("VALUE_LENGTH", Infinity) };
}

/** Returns `value` with each text in it cut to `maxLength` characters. */
export function cutValue(value: AnyValue, maxLength: number): AnyValue {
  if (maxLength === Infinity) return value;
  if (typeof value === "string")
    return value.length > maxLength ? value.slice(0, maxLength) : value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => cutValue(item, maxLength));
  const entries = Object.entries(value).map(([key, item]) => [key, cutValue(item, maxLength)]);
  return Object.fromEntries(entries) as AnyValue;
}

/** Returns `record` with each of its texts cut to `maxLength` characters. */
export function cutRecord(record: ReadableLogRecord, maxLength: number): ReadableLogRecord {
  const { hrTime, hrTimeObserved, spanContext, severityNumber, severityText, eventName } = record;
  // A spread would not copy them: properties may be getters of the record's class.
  return {
    hrTime,
    hrTimeObserved,
    ...(spanContext === undefined ? {} : { spanContext }),
    ...(severityNumber === undefined ? {} : { severityNumber }),
    ...(severityText === undefined ? {} : { severityText }),
    ...(eventName === undefined ? {} : { eventName: eventName.slice(0, maxLength) }),
    body: cutValue(record.body, maxLength),
    resource: record.resource,
    instrumentationScope: record.instrumentationScope,
    attributes: cutValue(record.attributes as AnyValue, maxLength) as typeof record.attributes,
    droppedAttributesCount: record.droppedAttributesCount,
  };
}
