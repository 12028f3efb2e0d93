import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { OtlpProtocol } from "../otlp/otlp-endpoint.ts";
import type { SignalEncoder } from "../otlp/otlp-exporter.ts";
import { loadOtlpTransformer } from "../packages.ts";
import type { LineRecords } from "./line-records.ts";
import { cutRecord } from "./log-limits.ts";

/** A line of `createLogger()`, or a record of the Logs API. */
export type LogItem = string | ReadableLogRecord;

/** Encodes log records, with OpenTelemetry's encoders. Lines are parsed here, not while they are written. */
export function logEncoder(protocol: OtlpProtocol, lines: LineRecords): SignalEncoder<LogItem> {
  const { JsonLogsSerializer, ProtobufLogsSerializer } = loadOtlpTransformer();
  const serializer = protocol === OtlpProtocol.Json ? JsonLogsSerializer : ProtobufLogsSerializer;
  const recordOf = (item: LogItem): ReadableLogRecord =>
    typeof item === "string" ? lines.read(item) : item;
  return {
    serializeRequest: (items) => serializer.serializeRequest(items.map(recordOf)),
    cut: (item, maxLength) => cutRecord(recordOf(item), maxLength),
    rejection(answer) {
      const { partialSuccess } = serializer.deserializeResponse(answer);
      return {
        rejected: partialSuccess?.rejectedLogRecords,
        message: partialSuccess?.errorMessage,
      };
    },
  };
}
