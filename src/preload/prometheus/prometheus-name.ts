import type { MetricData } from "@opentelemetry/sdk-metrics";

/** `DataPointType.GAUGE` and `.SUM` of the metrics SDK. The numbers are part of its public types. */
const GAUGE = 2;
const SUM = 3;

/** Prometheus' names of UCUM units. */
const UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    d: "days",
    h: "hours",
    min: "minutes",
    s: "seconds",
    ms: "milliseconds",
    us: "microseconds",
    ns: "nanoseconds",
    By: "bytes",
    KiBy: "kibibytes",
    MiBy: "mebibytes",
    GiBy: "gibibytes",
    TiBy: "tibibytes",
    KBy: "kilobytes",
    MBy: "megabytes",
    GBy: "gigabytes",
    TBy: "terabytes",
    m: "meters",
    V: "volts",
    A: "amperes",
    J: "joules",
    W: "watts",
    g: "grams",
    Cel: "celsius",
    Hz: "hertz",
    "1": "",
    "%": "percent",
  }),
);

/** Names of the units after a slash: `By/s`. */
const RATES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    s: "second",
    m: "minute",
    h: "hour",
    d: "day",
    w: "week",
    mo: "month",
    y: "year",
  }),
);

function words(text: string): string[] {
  return text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
}

/** Returns the part of a name for one part of a unit. An annotation such as `{message}` adds nothing. */
function unitWord(unit: string | undefined, known: ReadonlyMap<string, string>): string {
  const text = unit?.trim() ?? "";
  if (/[{}]/.test(text)) return "";
  return words(known.get(text) ?? text).join("_");
}

/**
 * Returns the name that Prometheus' own OTLP receiver gives a metric, so that one query works for both paths.
 *
 * `actor.ask.duration` in `s` becomes `actor_ask_duration_seconds`. The stock exporter appends no unit.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/ |
 *   OpenTelemetry to Prometheus}
 */
export function prometheusName(metric: MetricData): string {
  const { name, unit } = metric.descriptor;
  const [main, per] = unit.split("/", 2);
  let parts = words(name);
  const mainWord = unitWord(main, UNITS);
  if (mainWord !== "" && !parts.includes(mainWord)) parts.push(mainWord);
  const perWord = unitWord(per, RATES);
  if (perWord !== "" && !parts.includes(perWord)) parts.push("per", perWord);
  if (metric.dataPointType === SUM && metric.isMonotonic) {
    parts = [...parts.filter((part) => part !== "total"), "total"];
  } else if (metric.dataPointType === GAUGE && unit === "1") {
    parts = [...parts.filter((part) => part !== "ratio"), "ratio"];
  }
  const joined = parts.join("_");
  return /^\d/.test(joined) ? `_${joined}` : joined;
}
