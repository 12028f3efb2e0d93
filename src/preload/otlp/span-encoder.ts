import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { loadOtlpTransformer } from "../packages.ts";
import { cutSpan } from "./cut-span.ts";
import { OtlpProtocol } from "./otlp-endpoint.ts";
import type { SignalEncoder } from "./otlp-exporter.ts";

/** Encodes spans, with OpenTelemetry's encoders. */
export function spanEncoder(protocol: OtlpProtocol): SignalEncoder<ReadableSpan> {
  const { JsonTraceSerializer, ProtobufTraceSerializer } = loadOtlpTransformer();
  const serializer = protocol === OtlpProtocol.Json ? JsonTraceSerializer : ProtobufTraceSerializer;
  return {
    serializeRequest: (spans) => serializer.serializeRequest(spans),
    cut: cutSpan,
    rejection(answer) {
      const { partialSuccess } = serializer.deserializeResponse(answer);
      return { rejected: partialSuccess?.rejectedSpans, message: partialSuccess?.errorMessage };
    },
  };
}
