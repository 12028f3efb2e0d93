import type { Attributes } from "@opentelemetry/api";
import { OTHER_NAME } from "../../base/names.ts";
import { Attribute } from "../attributes.ts";
import { Instrument, type Metric } from "../metric.ts";

/** One series of a counter, level or gauge, summed over the systems of a process. */
export interface SeriesTotal {
  readonly metric: Metric;
  readonly attributes: Attributes;
  value: number;
}

/**
 * Maximum number of series of one metric that keep their attributes. SDKs keep 2,000, and drop further
 * observations of an observable instrument.
 */
const MAX_SERIES = 1_900;

/** Keys with many values. Other keys have a few values each, which add some ten series at most. */
const FOLDED_KEYS: readonly string[] = [
  Attribute.ActorType,
  Attribute.MessageType,
  Attribute.TaskKind,
  Attribute.ErrorType,
];

/**
 * Sums the series of a metric beyond {@link MAX_SERIES} into one series of `_OTHER`, so that the metric's sum
 * stays exact.
 *
 * A series that has once kept its attributes continues to keep them: totals never decrease.
 */
export class SeriesCap {
  readonly #kept = new Map<string, Set<string>>();
  /** Maximum number of series folded at one time, by metric. */
  readonly #folded = new Map<string, number>();

  /** Number of series folded so far. */
  get overflows(): number {
    let sum = 0;
    for (const count of this.#folded.values()) sum += count;
    return sum;
  }

  /** @param totals by the key of their series; not changed */
  fold(totals: ReadonlyMap<string, SeriesTotal>): SeriesTotal[] {
    const result: SeriesTotal[] = [];
    const others = new Map<string, SeriesTotal>();
    const folded = new Map<string, number>();
    for (const [key, total] of totals) {
      const { name } = total.metric;
      if (this.#keeps(name, key)) result.push(total);
      else {
        folded.set(name, (folded.get(name) ?? 0) + 1);
        addTo(others, total);
      }
    }
    for (const [name, count] of folded) {
      this.#folded.set(name, Math.max(count, this.#folded.get(name) ?? 0));
    }
    return [...result, ...others.values()];
  }

  #keeps(metric: string, key: string): boolean {
    const kept = this.#kept.get(metric) ?? new Set();
    this.#kept.set(metric, kept);
    if (kept.size < MAX_SERIES) kept.add(key);
    return kept.has(key);
  }
}

function addTo(others: Map<string, SeriesTotal>, { metric, attributes, value }: SeriesTotal): void {
  const folded = Object.fromEntries(
    Object.entries(attributes).map(([key, own]) => [
      key,
      FOLDED_KEYS.includes(key) ? OTHER_NAME : own,
    ]),
  );
  const key = `${metric.name}|${JSON.stringify(folded)}`;
  const other = others.get(key);
  if (other === undefined) others.set(key, { metric, attributes: folded, value });
  else if (metric.instrument === Instrument.Gauge) other.value = Math.max(other.value, value);
  else other.value += value;
}
