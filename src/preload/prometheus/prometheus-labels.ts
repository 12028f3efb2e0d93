import type { Attributes } from "@opentelemetry/api";

/** Labels set by the page itself. An attribute of the same name becomes `exported_…`. */
const RESERVED: ReadonlySet<string> = new Set([
  "le",
  "otel_scope_name",
  "otel_scope_version",
  "otel_scope_schema_url",
]);

/**
 * Returns the label name for an attribute key. Every key gives a valid name.
 *
 * @see {@link
 *   https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-attributes |
 *   Metric attributes}
 */
export function labelName(key: string): string {
  const label = key.replaceAll(/[^A-Za-z0-9_]/g, "_").replaceAll(/_{2,}/g, "_");
  if (label === "") return "_";
  if (RESERVED.has(label)) return `exported_${label}`;
  return /^\d/.test(label) ? `key_${label}` : label;
}

/**
 * Returns the labels of a series, as `name="value",…`.
 *
 * Values of attributes that map to the same label are joined by `;`, in the order of their keys: Prometheus
 * rejects a whole page because of a duplicate label. Values of types unknown to OpenTelemetry are converted
 * to text; unreadable ones are left out.
 *
 * @param own labels of the page, written unchanged
 */
export function labelsOf(
  attributes: Attributes,
  own: Readonly<Record<string, string>> = {},
): string {
  const keys = new Map<string, string[]>();
  for (const key of Object.keys(attributes)) {
    const label = labelName(key);
    keys.set(label, [...(keys.get(label) ?? []), key]);
  }
  const labels = [...keys].map(([label, met]) => {
    const values = met.sort().map((key) => readText(attributes, key));
    return [label, values.filter((value) => value !== undefined).join(";")] as const;
  });
  return [...labels, ...Object.entries(own)]
    .map(([label, value]) => `${label}="${escapeLabel(value)}"`)
    .join(",");
}

function readText(attributes: Attributes, key: string): string | undefined {
  try {
    return text(attributes[key]);
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "undefined":
      return "";
    case "object":
      return JSON.stringify(value) ?? "";
    case "function":
      return "[function]";
    default:
      return String(value);
  }
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
