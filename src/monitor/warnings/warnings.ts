import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import type { MonitorWarning, WarningKind } from "../../wire/snapshot.ts";
import type { Times } from "../rows/times.ts";
import { Thresholds } from "../thresholds.ts";
import type { LoopWatch } from "./loop-watch.ts";
import { Samples, takeSample } from "./samples.ts";
import { LOOP_RULES, TYPE_RULES, TypeHistory, type WarningRule } from "./warning-rules.ts";

/** Interval between samples; each one reads all series of the system. */
const SAMPLE_EVERY_MS = 1_000;

type Finding = Omit<MonitorWarning, "raisedAtMs">;

/** Reports warnings, each one once while it applies. */
export class Warnings {
  readonly #system: SystemRuntime;
  readonly #times: Times;
  readonly #loop: LoopWatch;
  readonly #raise: (warning: MonitorWarning) => void;
  readonly #samples = new Samples(Thresholds.leakMs);
  #active = new Map<string, MonitorWarning>();

  constructor(
    system: SystemRuntime,
    times: Times,
    loop: LoopWatch,
    raise: (warning: MonitorWarning) => void,
  ) {
    this.#system = system;
    this.#times = times;
    this.#loop = loop;
    this.#raise = raise;
    // Events before the first sample count from zero.
    this.#samples.add({ atMs: times.nowMs(), types: new Map() });
  }

  /** The warnings that apply now. */
  get active(): readonly MonitorWarning[] {
    return [...this.#active.values()];
  }

  /**
   * Evaluates the warnings, unless the last evaluation was too recent.
   *
   * @returns whether another evaluation is needed soon, even without further events
   */
  look(nowMs: number): boolean {
    const { newest } = this.#samples;
    if (newest !== undefined && nowMs - newest.atMs < SAMPLE_EVERY_MS) return true;
    this.#samples.add(takeSample(this.#system, nowMs));
    const before = this.#active;
    this.#active = new Map();
    const raised: MonitorWarning[] = [];
    for (const finding of this.#findings(nowMs)) {
      const key = `${finding.kind}|${finding.type}`;
      const known = before.get(key);
      const warning = { ...finding, raisedAtMs: known?.raisedAtMs ?? this.#times.toEpoch(nowMs) };
      this.#active.set(key, warning);
      if (known === undefined) raised.push(warning);
    }
    for (const warning of raised) this.#raise(warning);
    return this.#active.size > 0;
  }

  *#findings(nowMs: number): Generator<Finding> {
    const { last } = this.#loop;
    if (last !== undefined) {
      const block = { ...last, ageMs: nowMs - last.endedMs };
      yield* findingsOf(LOOP_RULES, last.by?.cell.actorType ?? null, block);
    }
    for (const [type, sample] of this.#samples.newest?.types ?? []) {
      yield* findingsOf(TYPE_RULES, type, new TypeHistory(type, sample, this.#samples));
    }
  }
}

function* findingsOf<Kind extends WarningKind, Subject>(
  rules: Readonly<Record<Kind, WarningRule<Subject>>>,
  type: string | null,
  subject: Subject,
): Generator<Finding> {
  for (const [kind, rule] of Object.entries(rules) as [Kind, WarningRule<Subject>][]) {
    if (!rule.holds(subject)) continue;
    yield { kind, type, text: rule.text(subject), advice: rule.advice };
  }
}
