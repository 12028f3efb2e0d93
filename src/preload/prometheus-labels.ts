import type { Attributes, AttributeValue } from "@opentelemetry/api";

/** A label name as the serializer makes it. */
function labelOf(key: string): string {
  return key.replaceAll(/[^A-Za-z0-9_]/g, "_").replaceAll(/_{2,}/g, "_");
}

/**
 * Attributes whose keys stay distinct as labels: `a.b` and `a_b` would both become `a_b`, and one label
 * twice makes Prometheus refuse the whole page. Values that meet are joined by `;`, in the order of keys.
 *
 * @returns `attributes` itself when nothing meets, which is nearly always
 */
export function distinctLabels(attributes: Attributes): Attributes {
  const keys = Object.keys(attributes);
  if (new Set(keys.map(labelOf)).size === keys.length) return attributes;
  const joined: Record<string, AttributeValue | undefined> = {};
  for (const key of keys.sort()) {
    const label = labelOf(key);
    const value = attributes[key];
    joined[label] = label in joined ? `${text(joined[label])};${text(value)}` : value;
  }
  return joined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
