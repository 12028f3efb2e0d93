import { WarningKind } from "../../wire/snapshot.ts";
import { Thresholds } from "../thresholds.ts";
import { blockText } from "../waits/stuck-cause.ts";
import type { LoopBlock } from "./loop-watch.ts";
import type { Samples, TypeSample } from "./samples.ts";

/** One kind of warning. A new kind needs only another such object. */
export interface WarningRule<Subject> {
  /** Returns whether the warning applies to `subject` now. */
  holds(subject: Subject): boolean;
  /** Describes the problem of `subject` in a sentence, when the warning applies. */
  text(subject: Subject): string;
  /** Recommended action. */
  readonly advice: string;
}

/** The counts of one actor type, now and over time. */
export class TypeHistory {
  readonly type: string;
  readonly now: TypeSample;
  readonly #samples: Samples;

  constructor(type: string, now: TypeSample, samples: Samples) {
    this.type = type;
    this.now = now;
    this.#samples = samples;
  }

  /** Returns the increase of `field` within the window of the warnings. */
  recent(field: keyof TypeSample): number {
    return this.#samples.growth(this.type, field, Thresholds.windowMs);
  }

  /** Returns the increase of `field` in `backMs`; 0 if it decreased meanwhile or the history is too short. */
  gained(field: keyof TypeSample, backMs: number): number {
    const { type } = this;
    if (!this.#samples.neverFell(type, field, backMs)) return 0;
    return this.#samples.growth(type, field, backMs);
  }
}

const WINDOW_S = Thresholds.windowMs / 1_000;
const GROWING_S = Thresholds.growingMs / 1_000;
const LEAK_S = Thresholds.leakMs / 1_000;

/** The kind of warning that concerns the process, not a type. */
type OfProcess = typeof WarningKind.EventLoopBlocked;

/** The warnings about the event loop, by kind. */
export const LOOP_RULES: Readonly<Record<OfProcess, WarningRule<LoopBlock & { ageMs: number }>>> = {
  [WarningKind.EventLoopBlocked]: {
    holds: ({ ageMs }) => ageMs < Thresholds.windowMs,
    text: blockText,
    advice: "split the work into pieces with an await between them, or move it to a worker thread",
  },
};

/** The warnings about an actor type, by kind: first frequent events, then continuous growth. */
export const TYPE_RULES: Readonly<
  Record<Exclude<WarningKind, OfProcess>, WarningRule<TypeHistory>>
> = {
  [WarningKind.RestartStorm]: {
    holds: (history) => history.recent("restarts") >= Thresholds.restarts,
    text: (history) =>
      `actors of type ${history.type} restarted ${history.recent("restarts")} times in ${WINDOW_S} s`,
    advice:
      "see actor.failed in the log for the error; if invalid input causes it, handle it with `resume`",
  },
  [WarningKind.DeadLetterBurst]: {
    holds: (history) => history.recent("deadLetters") >= Thresholds.deadLetters,
    text: (history) =>
      `${history.recent("deadLetters")} messages to actors of type ${history.type} reached no handler in ${WINDOW_S} s`,
    advice:
      "see actor.dead_letter in the log for reason and sender; the sender should watch for the actor's end",
  },
  [WarningKind.AskTimeouts]: {
    holds: (history) => history.recent("askTimeouts") >= Thresholds.askTimeouts,
    text: (history) =>
      `${history.recent("askTimeouts")} asks to actors of type ${history.type} timed out in ${WINDOW_S} s`,
    advice:
      "compare the waiting and handling times of its messages to find out whether there are too many or one is slow",
  },
  [WarningKind.MailboxGrowing]: {
    holds: (history) =>
      history.now.depth >= Thresholds.mailboxDepth &&
      history.gained("depth", Thresholds.growingMs) > 0,
    text: (history) =>
      `${history.now.depth} messages wait for actors of type ${history.type}, ${history.gained("depth", Thresholds.growingMs)} more than ${GROWING_S} s ago`,
    advice: 'spread the work over more actors, or make senders wait with `whenFull: "wait"`',
  },
  [WarningKind.ActorLeak]: {
    holds: (history) => history.gained("active", Thresholds.leakMs) >= Thresholds.leakedActors,
    text: (history) =>
      `there are ${history.now.active} actors of type ${history.type}, ${history.gained("active", Thresholds.leakMs)} more than ${LEAK_S} s ago, and none fewer meanwhile`,
    advice:
      "stop actors that have finished with `c.stop()`, or make them children of the actor that needs them",
  },
  [WarningKind.TaskLeak]: {
    holds: (history) => history.gained("tasks", Thresholds.leakMs) >= Thresholds.leakedTasks,
    text: (history) =>
      `${history.now.tasks} tasks of actors of type ${history.type} run, ${history.gained("tasks", Thresholds.leakMs)} more than ${LEAK_S} s ago, and none fewer meanwhile`,
    advice: "set a timeout for what tasks await, and pass on the `signal` that they receive",
  },
  [WarningKind.LargeState]: {
    holds: (history) => history.now.largeStates > 0,
    text: (history) =>
      `the states of ${history.now.largeStates} actors of type ${history.type} are larger than half of \`maxStateBytes\``,
    advice: "limit the lists in the state, or keep their entries in `c.kv` or `c.db`",
  },
};
