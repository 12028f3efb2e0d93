import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { ErrorCode } from "../base/errors.ts";
import { Attribute } from "../telemetry/attributes.ts";
import { Catalogue, type Metric } from "../telemetry/catalogue.ts";

/** What the warnings count of one actor type. */
export interface TypeSample {
  active: number;
  depth: number;
  tasks: number;
  restarts: number;
  deadLetters: number;
  askTimeouts: number;
}

/** All types at one moment, on the monotonic clock. */
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

/** Reads the counts of all types from the books: as much work as there are series. */
export function takeSample({ book }: SystemRuntime, atMs: number): Sample {
  const types = new Map<string, TypeSample>();
  const add = (type: unknown, field: keyof TypeSample, value: number): void => {
    const name = String(type);
    let sample = types.get(name);
    if (sample === undefined) {
      sample = { active: 0, depth: 0, tasks: 0, restarts: 0, deadLetters: 0, askTimeouts: 0 };
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
  return { atMs, types };
}

/** The samples of the last minute or so, oldest first. */
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
    // One sample older than asked for stays: without it nothing would be known of the whole time.
    const firstNeeded = this.#samples.findLastIndex(
      ({ atMs }) => atMs <= sample.atMs - this.#keepMs,
    );
    if (firstNeeded > 0) this.#samples = this.#samples.slice(firstNeeded);
    this.#samples.push(sample);
  }

  /** How much `field` of `type` is above what it was `backMs` ago, or when sampling began. */
  growth(type: string, field: keyof TypeSample, backMs: number): number {
    const [first] = this.#since(backMs);
    const value = (sample: Sample | undefined): number => sample?.types.get(type)?.[field] ?? 0;
    return value(this.newest) - value(first);
  }

  /** Whether there are samples for all of `backMs`, in which `field` of `type` never became less. */
  neverFell(type: string, field: keyof TypeSample, backMs: number): boolean {
    const samples = this.#since(backMs);
    const [first] = samples;
    const { newest } = this;
    if (first === undefined || newest === undefined) return false;
    if (newest.atMs - first.atMs < backMs) return false;
    const values = samples.map(({ types }) => types.get(type)?.[field] ?? 0);
    return values.every((value, at) => value >= (values[at - 1] ?? 0));
  }

  /** The last sample at least `backMs` old, or the oldest there is, and all after it. */
  #since(backMs: number): readonly Sample[] {
    const { newest } = this;
    if (newest === undefined) return [];
    const from = this.#samples.findLastIndex(({ atMs }) => atMs <= newest.atMs - backMs);
    return this.#samples.slice(Math.max(0, from));
  }
}
