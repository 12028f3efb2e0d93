import type { DataPoint, Histogram, MetricData } from "@opentelemetry/sdk-metrics";
import { labelsOf } from "./prometheus-labels.ts";

/** Types of the text format that OpenTelemetry's metrics map to. */
export const FamilyType = { Counter: "counter", Gauge: "gauge", Histogram: "histogram" } as const;
export type FamilyType = (typeof FamilyType)[keyof typeof FamilyType];

/** `DataPointType` of the metrics SDK. The numbers are part of its public types. */
const HISTOGRAM = 0;
const GAUGE = 2;
const SUM = 3;

/** Returns the type of a metric on the page, or `undefined` if the text format has no equivalent. */
export function familyType(metric: MetricData): FamilyType | undefined {
  switch (metric.dataPointType as number) {
    case HISTOGRAM:
      return FamilyType.Histogram;
    case GAUGE:
      return FamilyType.Gauge;
    case SUM:
      return (metric as { isMonotonic?: boolean }).isMonotonic
        ? FamilyType.Counter
        : FamilyType.Gauge;
    default:
      return undefined;
  }
}

/** All series of one name. The text format requires them to be contiguous, under one header. */
export class Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly #help: string;
  readonly #numbers = new Map<string, number>();
  readonly #histograms = new Map<string, Histogram>();

  constructor(name: string, type: FamilyType, help: string) {
    this.name = name;
    this.type = type;
    this.#help = help;
  }

  /** Names at the beginning of its lines. No other family may use one of them. */
  get names(): readonly string[] {
    const { name } = this;
    if (this.type !== FamilyType.Histogram) return [name];
    return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
  }

  /**
   * Adds a series. Series whose labels have become equal are summed; of gauges the last one is kept.
   * Prometheus would drop one of two duplicate series.
   */
  add(point: DataPoint<unknown>, scope: Readonly<Record<string, string>>): void {
    const key = labelsOf(point.attributes, scope);
    if (this.type === FamilyType.Histogram) {
      const histogram = point.value as Histogram;
      const before = this.#histograms.get(key);
      this.#histograms.set(key, before === undefined ? histogram : sum(before, histogram));
    } else {
      const value = toNumber(point.value);
      const before = this.#numbers.get(key) ?? 0;
      this.#numbers.set(key, this.type === FamilyType.Counter ? before + value : value);
    }
  }

  toString(): string {
    const { name, type } = this;
    const lines = [
      `# HELP ${name} ${this.#help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} ${type}`,
    ];
    for (const [labels, value] of this.#numbers) lines.push(line(name, labels, value));
    for (const [labels, histogram] of this.#histograms) {
      lines.push(...histogramLines(name, labels, histogram));
    }
    return `${lines.join("\n")}\n`;
  }
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${format(value)}`;
}

function* histogramLines(name: string, labels: string, histogram: Histogram): Generator<string> {
  const { buckets, count, sum } = histogram;
  yield line(`${name}_count`, labels, count);
  if (sum !== undefined) yield line(`${name}_sum`, labels, sum);
  const prefix = labels === "" ? "" : `${labels},`;
  let below = 0;
  for (const [at, boundary] of buckets.boundaries.entries()) {
    if (boundary === Infinity) break;
    below += buckets.counts[at] ?? 0;
    yield line(`${name}_bucket`, `${prefix}le="${boundary}"`, below);
  }
  yield line(`${name}_bucket`, `${prefix}le="+Inf"`, count);
}

function sum(one: Histogram, two: Histogram): Histogram {
  if (String(one.buckets.boundaries) !== String(two.buckets.boundaries)) return one;
  const counts = one.buckets.counts.map((held, at) => held + (two.buckets.counts[at] ?? 0));
  const total = (one.sum ?? 0) + (two.sum ?? 0);
  const { boundaries } = one.buckets;
  return { buckets: { boundaries, counts }, count: one.count + two.count, sum: total };
}

/** The SDK does not validate the values reported by an observable instrument. */
function toNumber(value: unknown): number {
  return typeof value === "symbol" || typeof value === "object" ? Number.NaN : Number(value);
}

function format(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
