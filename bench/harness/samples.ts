import type { WorkId } from "../works/work.ts";
import { type Measurement, median } from "./measure.ts";

/** One subject doing one work in one round, with the reference measured beside it. */
export interface Sample {
  readonly round: number;
  readonly measurement: Measurement;
  /** The reference doing the same work, in the same group of the same round. */
  readonly reference: Measurement;
}

/** A subject doing a work. */
export interface Pair {
  readonly subject: string;
  readonly work: WorkId;
}

/** All that a run measured. */
export class Samples {
  readonly #samples = new Map<string, Sample[]>();
  readonly #failures = new Map<string, string>();

  add(pair: Pair, sample: Sample): void {
    const known = this.#samples.get(key(pair));
    if (known === undefined) this.#samples.set(key(pair), [sample]);
    else known.push(sample);
  }

  fail(pair: Pair, reason: string): void {
    this.#failures.set(key(pair), reason);
  }

  failure(pair: Pair): string | undefined {
    return this.#failures.get(key(pair));
  }

  of(pair: Pair): readonly Sample[] {
    return this.#samples.get(key(pair)) ?? [];
  }

  /** Median over the rounds of one number of the measurement; undefined when it was never taken. */
  median(pair: Pair, read: (measurement: Measurement) => number | undefined): number | undefined {
    const values = this.of(pair)
      .map(({ measurement }) => read(measurement))
      .filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  }

  /** Reference's time by subject's time, round by round: 1 is as fast, 0.5 is half as fast. */
  ratios(pair: Pair, read: (measurement: Measurement) => number): readonly number[] {
    return this.of(pair).map(({ measurement, reference }) => read(reference) / read(measurement));
  }

  /** The same against another subject: samples of the same round make a pair. */
  ratiosTo(pair: Pair, other: Pair, read: (measurement: Measurement) => number): readonly number[] {
    return this.of(pair).flatMap(({ round, measurement }) => {
      const same = this.of(other).filter((sample) => sample.round === round);
      if (same.length === 0) return [];
      return [median(same.map((sample) => read(sample.measurement))) / read(measurement)];
    });
  }
}

function key({ subject, work }: Pair): string {
  return `${subject} ${work}`;
}
