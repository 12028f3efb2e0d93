import type { Attributes } from "@opentelemetry/api";
import { errorType as classify } from "../../base/errors.ts";
import { NameCap } from "../../base/names.ts";
import {
  ActorState,
  Attribute,
  type DeadLetterReason,
  type MessageKind,
  type StopReason,
} from "../attributes.ts";
import { Catalogue } from "../catalogue.ts";
import type { Metric } from "../metric.ts";
import type { HistogramPoint } from "./latency-histogram.ts";
import { MAX_ERROR_TYPES, MessageSeries } from "./message-series.ts";
import type { PointBook } from "./point-book.ts";
import type { CounterPoint, LevelPoint } from "./points.ts";
import { Sender, SenderKind, Senders } from "./senders.ts";

const MAX_TASK_KINDS = 32;
const MAX_MESSAGE_TYPES = 100;

/** The series of one kind of task of one actor type. */
export class TaskSeries {
  readonly active: LevelPoint;
  readonly #book: PointBook;
  readonly #attributes: Attributes;
  readonly #duration: HistogramPoint;

  constructor(book: PointBook, attributes: Attributes) {
    this.#book = book;
    this.#attributes = attributes;
    this.active = book.level(Catalogue.TaskActive, attributes);
    this.#duration = book.histogram(Catalogue.TaskDuration, attributes);
  }

  /** @param errorType of a task that failed, else `undefined` */
  ended(durationMs: number, errorType: string | undefined): void {
    const seconds = durationMs / 1000;
    if (errorType === undefined) this.#duration.record(seconds);
    else {
      const attributes = { ...this.#attributes, [Attribute.ErrorType]: errorType };
      this.#book.histogram(Catalogue.TaskDuration, attributes).record(seconds);
    }
  }
}

/** All metrics of one actor type in one system. Actors of the type update these points directly. */
export class TypeMetrics {
  readonly type: string;
  readonly attributes: Attributes;
  readonly started: CounterPoint;
  readonly active: Readonly<Record<ActorState, LevelPoint>>;
  readonly mailboxDepth: LevelPoint;
  readonly mailboxLimit: LevelPoint;
  readonly processing: LevelPoint;
  /** The actors of the type as senders. */
  readonly sender: Sender;
  /** Who sends to the actors of the type. */
  readonly senders: Senders;
  readonly #book: PointBook;
  readonly #askDuration: HistogramPoint;
  readonly #messages = new Map<string, MessageSeries>();
  readonly #tasks = new Map<string, TaskSeries>();
  readonly #messageNames = new NameCap(MAX_MESSAGE_TYPES);
  readonly #taskKinds = new NameCap(MAX_TASK_KINDS);
  readonly #errorTypes = new NameCap(MAX_ERROR_TYPES);
  /** Every actor ends, so the keys of these series are not built again. */
  readonly #stopped = new Map<StopReason, CounterPoint>();
  #untimedAsks = 0;
  #lastAskS = 0;

  /** @param type the type's name as metrics show it: `_OTHER` beyond the cap on types */
  constructor(book: PointBook, type: string) {
    this.#book = book;
    this.type = type;
    this.attributes = { [Attribute.ActorType]: type };
    this.sender = new Sender(SenderKind.Actor, type);
    this.senders = new Senders(book.pairs);
    this.started = book.counter(Catalogue.Started, this.attributes);
    const active = (state: ActorState): LevelPoint =>
      book.level(Catalogue.Active, { ...this.attributes, [Attribute.ActorState]: state });
    this.active = {
      starting: active(ActorState.Starting),
      running: active(ActorState.Running),
      restarting: active(ActorState.Restarting),
      stopping: active(ActorState.Stopping),
    };
    this.mailboxDepth = book.level(Catalogue.MailboxDepth, this.attributes);
    this.mailboxLimit = book.level(Catalogue.MailboxLimit, this.attributes);
    this.processing = book.level(Catalogue.ProcessActive, this.attributes);
    this.#askDuration = book.histogram(Catalogue.AskDuration, this.attributes);
    book.beforeReading(() => {
      if (this.#untimedAsks > 0)
        this.#askDuration.histogram.record(this.#lastAskS, this.#untimedAsks);
      this.#untimedAsks = 0;
    });
  }

  /** Number of names beyond the caps, which are reported as `_OTHER`. */
  get overflows(): number {
    return this.#messageNames.overflows + this.#taskKinds.overflows + this.#errorTypes.overflows;
  }

  /**
   * Returns the series of the message `name` sent in one way. Names beyond the cap share those of `_OTHER`.
   */
  message(name: string, kind: MessageKind): MessageSeries {
    const capped = this.#messageNames.admit(name);
    const key = `${kind} ${capped}`;
    let series = this.#messages.get(key);
    if (series === undefined) {
      const { type, senders } = this;
      series = new MessageSeries(this.#book, type, capped, kind, this.#errorTypes, senders);
      this.#messages.set(key, series);
    }
    return series;
  }

  task(kind: string): TaskSeries {
    const capped = this.#taskKinds.admit(kind);
    let series = this.#tasks.get(capped);
    if (series === undefined) {
      series = new TaskSeries(this.#book, { ...this.attributes, [Attribute.TaskKind]: capped });
      this.#tasks.set(capped, series);
    }
    return series;
  }

  stopped(reason: StopReason): void {
    let point = this.#stopped.get(reason);
    if (point === undefined) {
      const attributes = { ...this.attributes, [Attribute.StopReason]: reason };
      point = this.#book.counter(Catalogue.Stopped, attributes);
      this.#stopped.set(reason, point);
    }
    point.value += 1;
  }

  /** Counts a message that a full mailbox rejected. */
  rejected(errorType: string): void {
    this.#count(Catalogue.Rejected, { [Attribute.ErrorType]: errorType });
  }

  deadLetter(messageName: string, reason: DeadLetterReason): void {
    this.#count(Catalogue.DeadLetters, {
      [Attribute.MessageType]: this.#messageNames.admit(messageName),
      [Attribute.DeadLetterReason]: reason,
    });
  }

  failure(phase: string, error: unknown): void {
    this.#count(Catalogue.Failures, {
      [Attribute.FailurePhase]: phase,
      [Attribute.ErrorType]: this.errorType(error),
    });
  }

  restart(strategy: string, error: unknown): void {
    this.#count(Catalogue.Restarts, {
      [Attribute.RestartStrategy]: strategy,
      [Attribute.ErrorType]: this.errorType(error),
    });
  }

  /**
   * Counts an ask that has been settled.
   *
   * @param durationMs `undefined` when it was not timed; the next timed one then counts for it as well
   * @param error what it was rejected with, `undefined` for a reply
   */
  askEnded(durationMs: number | undefined, error: unknown): void {
    if (error !== undefined) {
      const attributes = { ...this.attributes, [Attribute.ErrorType]: this.errorType(error) };
      const point = this.#book.histogram(Catalogue.AskDuration, attributes);
      point.record(durationMs === undefined ? this.#lastAskS : durationMs / 1000);
      return;
    }
    if (durationMs === undefined) {
      this.#untimedAsks += 1;
      return;
    }
    this.#lastAskS = durationMs / 1000;
    this.#askDuration.record(this.#lastAskS, this.#untimedAsks + 1);
    this.#untimedAsks = 0;
  }

  /** Returns the capped `error.type` of `error`. */
  errorType(error: unknown): string {
    return this.#errorTypes.admit(classify(error));
  }

  #count(metric: Metric, extra: Attributes): void {
    this.#book.counter(metric, { ...this.attributes, ...extra }).value += 1;
  }
}
