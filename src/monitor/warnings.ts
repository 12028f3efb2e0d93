import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { type MonitorWarning, WarningKind } from "../wire/snapshot.ts";
import type { LoopWatch } from "./loop-watch.ts";
import { Samples, type TypeSample, takeSample } from "./samples.ts";
import { blockText } from "./stuck-cause.ts";
import { Thresholds } from "./thresholds.ts";
import type { Times } from "./times.ts";

/** Looks come this far apart: a sample reads all series of the system. */
const SAMPLE_EVERY_MS = 1_000;

type Finding = Omit<MonitorWarning, "raisedAtMs">;

/** Reports what needs attention: each warning once while it holds. */
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
    // What happens before the first look counts from nothing.
    this.#samples.add({ atMs: times.nowMs(), types: new Map() });
  }

  /** Those that hold. */
  get active(): readonly MonitorWarning[] {
    return [...this.#active.values()];
  }

  /**
   * Takes a look, unless the last one was just now.
   *
   * @returns whether it wants another look soon, even if nothing more happens
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
    if (last !== undefined && nowMs - last.endedMs < Thresholds.windowMs) {
      yield {
        kind: WarningKind.EventLoopBlocked,
        type: last.by?.cell.actorType ?? null,
        text: blockText(last),
        advice:
          "split the work into pieces with an await between them, or give it to a worker thread",
      };
    }
    const { newest } = this.#samples;
    for (const [type, sample] of newest?.types ?? []) {
      yield* this.#bursts(type);
      yield* this.#growths(type, sample);
    }
  }

  /** What happens too often. */
  *#bursts(type: string): Generator<Finding> {
    const seconds = Thresholds.windowMs / 1_000;
    const count = (field: keyof TypeSample): number =>
      this.#samples.growth(type, field, Thresholds.windowMs);
    const restarts = count("restarts");
    if (restarts >= Thresholds.restarts) {
      yield {
        kind: WarningKind.RestartStorm,
        type,
        text: `actors of type ${type} restarted ${restarts} times in ${seconds} s`,
        advice:
          "look at actor.failed in the log for what fails; if it is an input, answer it with `resume`",
      };
    }
    const deadLetters = count("deadLetters");
    if (deadLetters >= Thresholds.deadLetters) {
      yield {
        kind: WarningKind.DeadLetterBurst,
        type,
        text: `${deadLetters} messages to actors of type ${type} reached no handler in ${seconds} s`,
        advice:
          "look at actor.dead_letter in the log for reason and sender: whoever sends should know of the end",
      };
    }
    const timeouts = count("askTimeouts");
    if (timeouts >= Thresholds.askTimeouts) {
      yield {
        kind: WarningKind.AskTimeouts,
        type,
        text: `${timeouts} asks to actors of type ${type} timed out in ${seconds} s`,
        advice:
          "compare waiting and handling time of its messages: too many of them, or one that is slow?",
      };
    }
  }

  /** What only becomes more. */
  *#growths(type: string, { depth, active, tasks }: TypeSample): Generator<Finding> {
    const { growingMs, leakMs } = Thresholds;
    const gained = (field: keyof TypeSample, backMs: number): number =>
      this.#samples.neverFell(type, field, backMs) ? this.#samples.growth(type, field, backMs) : 0;
    const waiting = depth >= Thresholds.mailboxDepth ? gained("depth", growingMs) : 0;
    if (waiting > 0) {
      yield {
        kind: WarningKind.MailboxGrowing,
        type,
        text: `${depth} messages wait for actors of type ${type}, ${waiting} more than ${growingMs / 1_000} s ago`,
        advice: 'spread the work over more actors, or make senders wait with `whenFull: "wait"`',
      };
    }
    const actors = gained("active", leakMs);
    if (actors >= Thresholds.leakedActors) {
      yield {
        kind: WarningKind.ActorLeak,
        type,
        text: `there are ${active} actors of type ${type}, ${actors} more than ${leakMs / 1_000} s ago, and none fewer meanwhile`,
        advice:
          "stop actors that have done their work: `c.stop()`, or as children of what needs them",
      };
    }
    const leaked = gained("tasks", leakMs);
    if (leaked >= Thresholds.leakedTasks) {
      yield {
        kind: WarningKind.TaskLeak,
        type,
        text: `${tasks} tasks of actors of type ${type} run, ${leaked} more than ${leakMs / 1_000} s ago, and none fewer meanwhile`,
        advice: "give what tasks await a time-out, and pass them the `signal` they are called with",
      };
    }
  }
}
