import type { Attributes } from "@opentelemetry/api";

/** Labels that the page itself gives a series; an attribute of the same name is called `exported_…`. */
const RESERVED: ReadonlySet<string> = new Set([
  "le",
  "otel_scope_name",
  "otel_scope_version",
  "otel_scope_schema_url",
]);

/**
 * The label that an attribute becomes. Every text gives a valid one.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-attributes | Metric attributes}
 */
export function labelName(key: string): string {
  const label = key.replaceAll(/[^A-Za-z0-9_]/g, "_").replaceAll(/_{2,}/g, "_");
  if (label === "") return "_";
  if (RESERVED.has(label)) return `exported_${label}`;
  return /^\d/.test(label) ? `key_${label}` : label;
}

/**
 * The labels of a series, as `name="value",…`. Values of attributes that would become one label are joined
 * by `;`, in the order of keys: one label twice makes Prometheus refuse the whole page. Values that
 * OpenTelemetry does not know get a text as well; what cannot be read is left out.
 *
 * @param own labels of the page, which are written as they are
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
