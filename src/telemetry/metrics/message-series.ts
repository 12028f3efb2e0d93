import type { Attributes } from "@opentelemetry/api";
import { errorType as classify } from "../../base/errors.ts";
import { NameCap } from "../../base/names.ts";
import { Attribute, type MessageKind, Outcome } from "../attributes.ts";
import { Catalogue } from "../catalogue.ts";
import type { HistogramPoint } from "./latency-histogram.ts";
import type { PointBook } from "./point-book.ts";
import type { CounterPoint } from "./points.ts";
import { type MessageEdge, NOBODY, PairCap, type Sender, Senders } from "./senders.ts";

/** Distinct `error.type` values per actor type. Further ones are reported as `_OTHER`. */
export const MAX_ERROR_TYPES = 16;

/** The metrics of one message of one actor type, sent in one way. */
export class MessageSeries {
  /** The sum over the senders, as of the last reading. */
  readonly sent: CounterPoint;
  readonly handled: CounterPoint;
  /** What the last sender has sent. Read by the code that counts sends, which compares the sender. */
  edge: MessageEdge = NOBODY;
  readonly #senders: Senders;
  readonly #edges = new Map<Sender, MessageEdge>();
  readonly #book: PointBook;
  readonly #attributes: Attributes;
  readonly #wait: HistogramPoint;
  readonly #process: HistogramPoint;
  readonly #errorTypes: NameCap;
  /**
   * Successfully handled messages that the histograms have counted; the next timed one adds the difference.
   */
  #countedWaits = 0;
  #countedRuns = 0;
  #lastWaitS = 0;
  #lastProcessS = 0;

  /**
   * @param errorTypes the cap shared by all series of the actor type
   * @param senders who sends to the actor type
   */
  constructor(
    book: PointBook,
    actorType: string,
    messageType: string,
    kind: MessageKind,
    errorTypes: NameCap = new NameCap(MAX_ERROR_TYPES),
    senders: Senders = new Senders(new PairCap(0)),
  ) {
    this.#book = book;
    this.#errorTypes = errorTypes;
    this.#senders = senders;
    this.#attributes = {
      [Attribute.ActorType]: actorType,
      [Attribute.MessageType]: messageType,
      [Attribute.MessageKind]: kind,
    };
    this.sent = book.counter(Catalogue.Sent, this.#attributes);
    this.handled = book.counter(Catalogue.Handled, {
      ...this.#attributes,
      [Attribute.Outcome]: Outcome.Ok,
    });
    this.#wait = book.histogram(Catalogue.WaitDuration, this.#attributes);
    this.#process = book.histogram(Catalogue.ProcessDuration, this.#attributes);
    book.beforeReading(() => this.#settleUntimed());
    book.beforeCounting(() => {
      let sent = 0;
      for (const edge of this.#edges.values()) sent += edge.sent;
      this.sent.value = sent;
    });
  }

  /** Returns what `sender` has sent, and remembers it as the last one. */
  from(sender: Sender): MessageEdge {
    let edge = this.#edges.get(sender);
    if (edge === undefined) {
      edge = this.#senders.from(sender).open(sender);
      this.#edges.set(sender, edge);
    }
    this.edge = edge;
    return edge;
  }

  /** Records when a message was sent that is timed; see {@link MessageTiming.timedAt}. */
  timedAt(edge: MessageEdge, nowMs: number, expensive: boolean): void {
    edge.timedAt(nowMs, expensive, this.#edges.size);
  }

  /** Counts a message that was handled successfully without being timed. */
  handledUntimed(): void {
    this.handled.value += 1;
  }

  /**
   * Counts a message that was handled successfully and of which only the handler was timed, because it
   * awaited.
   */
  handledRunTimed(processMs: number): void {
    this.handled.value += 1;
    this.#countedRuns += 1;
    this.#process.record(processMs / 1000);
  }

  /** Counts a message that was handled successfully, with both of its times. */
  handledTimed(waitMs: number, processMs: number): void {
    this.handled.value += 1;
    this.#lastWaitS = waitMs / 1000;
    this.#lastProcessS = processMs / 1000;
    const { value } = this.handled;
    this.#wait.record(this.#lastWaitS, value - this.#countedWaits);
    this.#process.record(this.#lastProcessS, value - this.#countedRuns);
    this.#countedWaits = value;
    this.#countedRuns = value;
  }

  /**
   * Counts a message whose handler failed or was interrupted.
   *
   * @param waitMs `undefined`, like `processMs`, when not timed: the last timed one is used instead
   */
  recordFailed(
    outcome: Outcome,
    error: unknown,
    waitMs: number | undefined,
    processMs: number | undefined,
  ): void {
    const type = this.#errorTypes.admit(classify(error));
    const outcomeAttributes = { ...this.#attributes, [Attribute.Outcome]: outcome };
    this.#book.counter(Catalogue.Handled, outcomeAttributes).value += 1;
    this.#wait.record(waitMs === undefined ? this.#lastWaitS : waitMs / 1000);
    const errorAttributes = { ...this.#attributes, [Attribute.ErrorType]: type };
    this.#book
      .histogram(Catalogue.ProcessDuration, errorAttributes)
      .record(processMs === undefined ? this.#lastProcessS : processMs / 1000);
  }

  /** Runs before each reading: the untimed rest is counted with the last measured times. */
  #settleUntimed(): void {
    const { value } = this.handled;
    const waits = value - this.#countedWaits;
    const runs = value - this.#countedRuns;
    if (waits > 0) this.#wait.histogram.record(this.#lastWaitS, waits);
    if (runs > 0) this.#process.histogram.record(this.#lastProcessS, runs);
    this.#countedWaits = value;
    this.#countedRuns = value;
  }
}
