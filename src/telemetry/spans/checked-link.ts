import type { Link } from "@opentelemetry/api";
import { checkedAttributes } from "./attribute-values.ts";
import type { SpanLimits } from "./sdk-shapes.ts";

/** Returns `link` with its attributes checked. */
export function checkedLink({ context, attributes }: Link, limits: SpanLimits): Link {
  const { attributePerLinkCountLimit, attributeValueLengthLimit } = limits;
  const checked = checkedAttributes(
    attributes,
    attributePerLinkCountLimit,
    attributeValueLengthLimit,
  );
  return { context, ...checked };
}
