import type { SpanLimits } from "@opentelemetry/sdk-trace";
import type { Environment } from "../environment.ts";

/** Limits that the SDK reads: the default, and the variables in order of precedence. */
const LIMITS: readonly (readonly [keyof SpanLimits, number, ...string[]])[] = [
  [
    "attributeValueLengthLimit",
    Infinity,
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
  ],
  ["attributeCountLimit", 128, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
  ["eventCountLimit", 128, "OTEL_SPAN_EVENT_COUNT_LIMIT"],
  ["linkCountLimit", 128, "OTEL_SPAN_LINK_COUNT_LIMIT"],
  ["attributePerEventCountLimit", 128, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"],
  ["attributePerLinkCountLimit", 128, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"],
];

/** Reads the limits of spans. The SDK would accept negative values. */
export function readSpanLimits(environment: Environment): SpanLimits {
  return Object.fromEntries(
    LIMITS.map(([limit, fallback, ...names]) => {
      const name = names.find((candidate) => environment.text(candidate) !== undefined);
      if (name === undefined) return [limit, fallback];
      const bounds = { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true };
      return [limit, environment.number(name, fallback, bounds)];
    }),
  );
}
