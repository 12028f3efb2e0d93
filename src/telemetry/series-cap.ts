import type { Attributes } from "@opentelemetry/api";
import { OTHER_NAME } from "../base/names.ts";
import { Attribute } from "./attributes.ts";
import { Instrument, type Metric } from "./catalogue.ts";

/** One series of a counter, level or gauge, summed over the systems of a process. */
export interface SeriesTotal {
  readonly metric: Metric;
  readonly attributes: Attributes;
  value: number;
}

/**
 * Series of one metric that keep their attributes. SDKs keep 2,000, and of an observable instrument they
 * drop what is observed beyond.
 */
const MAX_SERIES = 1_900;

/** Keys with many values. The others have a few each, which add some ten series at most. */
const FOLDED_KEYS: readonly string[] = [
  Attribute.ActorType,
  Attribute.MessageType,
  Attribute.TaskKind,
  Attribute.ErrorType,
];

/**
 * Adds the series beyond {@link MAX_SERIES} of a metric up to one of `_OTHER`, so that its sum stays
 * exact. A series that has once kept its attributes keeps them: totals never go back.
 */
export class SeriesCap {
  readonly #kept = new Map<string, Set<string>>();
  /** By metric: series that were folded, at the most. */
  readonly #folded = new Map<string, number>();

  /** Series that were folded so far. */
  get overflows(): number {
    let sum = 0;
    for (const count of this.#folded.values()) sum += count;
    return sum;
  }

  /** @param totals by the key of their series; stays as it is */
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
