import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import { ErrorCode } from "../../base/errors.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { Catalogue } from "../../telemetry/catalogue.ts";
import type { Metric } from "../../telemetry/metric.ts";

/** Counts of one actor type that the warnings use. */
export interface TypeSample {
  active: number;
  depth: number;
  tasks: number;
  restarts: number;
  deadLetters: number;
  askTimeouts: number;
  largeStates: number;
}

/** Counts of all types at one time, on the monotonic clock. */
export interface Sample {
  readonly atMs: number;
  readonly types: ReadonlyMap<string, TypeSample>;
}

const FIELDS: ReadonlyMap<Metric, keyof TypeSample> = new Map([
  [Catalogue.Active, "active"],
  [Catalogue.MailboxDepth, "depth"],
  [Catalogue.TaskActive, "tasks"],
  [Catalogue.Restarts, "restarts"],
  [Catalogue.DeadLetters, "deadLetters"],
]);

const NOTHING: TypeSample = {
  active: 0,
  depth: 0,
  tasks: 0,
  restarts: 0,
  deadLetters: 0,
  askTimeouts: 0,
  largeStates: 0,
};

/** Reads the counts of all types from the books. The cost is proportional to the number of series. */
export function takeSample({ book, largeStates }: SystemRuntime, atMs: number): Sample {
  const types = new Map<string, TypeSample>();
  const add = (type: unknown, field: keyof TypeSample, value: number): void => {
    const name = String(type);
    let sample = types.get(name);
    if (sample === undefined) {
      sample = { ...NOTHING };
      types.set(name, sample);
    }
    sample[field] += value;
  };
  for (const { metric, attributes, value } of book.recorded()) {
    const field = FIELDS.get(metric);
    if (field !== undefined) add(attributes[Attribute.ActorType], field, value);
  }
  for (const { metric, attributes, histogram } of book.readHistograms()) {
    if (metric !== Catalogue.AskDuration) continue;
    if (attributes[Attribute.ErrorType] !== ErrorCode.AskTimeout) continue;
    add(attributes[Attribute.ActorType], "askTimeouts", histogram.count);
  }
  for (const [type, { size }] of largeStates) add(type, "largeStates", size);
  return { atMs, types };
}

/** The samples of about the last minute, oldest first. */
export class Samples {
  readonly #keepMs: number;
  #samples: Sample[] = [];

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  get newest(): Sample | undefined {
    return this.#samples.at(-1);
  }

  add(sample: Sample): void {
    // One sample older than the period is kept, so that the whole period is covered.
    const firstNeeded = this.#samples.findLastIndex(
      ({ atMs }) => atMs <= sample.atMs - this.#keepMs,
    );
    if (firstNeeded > 0) this.#samples = this.#samples.slice(firstNeeded);
    this.#samples.push(sample);
  }

  /** Returns the increase of `field` of `type` over the last `backMs`, or since sampling began. */
  growth(type: string, field: keyof TypeSample, backMs: number): number {
    const [first] = this.#since(backMs);
    const value = (sample: Sample | undefined): number => sample?.types.get(type)?.[field] ?? 0;
    return value(this.newest) - value(first);
  }

  /** Returns whether the samples cover all of `backMs` and `field` of `type` never decreased in it. */
  neverFell(type: string, field: keyof TypeSample, backMs: number): boolean {
    const samples = this.#since(backMs);
    const [first] = samples;
    const { newest } = this;
    if (first === undefined || newest === undefined) return false;
    if (newest.atMs - first.atMs < backMs) return false;
    const values = samples.map(({ types }) => types.get(type)?.[field] ?? 0);
    return values.every((value, at) => value >= (values[at - 1] ?? 0));
  }

  /** Returns the last sample that is at least `backMs` old, or the oldest one, and all later ones. */
  #since(backMs: number): readonly Sample[] {
    const { newest } = this;
    if (newest === undefined) return [];
    const from = this.#samples.findLastIndex(({ atMs }) => atMs <= newest.atMs - backMs);
    return this.#samples.slice(Math.max(0, from));
  }
}
