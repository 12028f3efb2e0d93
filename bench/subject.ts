/**
 * What every measured runtime offers the works, in the smallest words they share.
 *
 * A process loads one subject only, so calls through this interface stay monomorphic and are
 * inlined; the harness then costs one or two nanoseconds a message, the same for everybody.
 *
 * The actor behind a handle is a counter: `add` raises its state by one and calls `arrive()`,
 * `get` answers the state, `play` calls `arrive()` and, while that is true, plays back.
 */
export interface Subject<Handle = unknown> {
  spawn(): Handle | Promise<Handle>;
  /** Sends `add` and does not wait. */
  tell(to: Handle): void;
  /** Sends `get`; the promise brings the answer. */
  ask(to: Handle): Promise<unknown>;
  /** Sends `play` to `to`, which plays back to `from`. */
  serve(to: Handle, from: Handle): void;
  /** Left out by runtimes that have no public way to stop one actor. */
  stop?(handle: Handle): void | Promise<void>;
  /**
   * Sends `rounds` times one `add` to each handle. Like `askInTurn`, only for runtimes whose
   * senders are programs of their own, where a call from outside would cost more than the message.
   */
  tellEach?(handles: readonly Handle[], rounds: number): void | Promise<void>;
  /** Asks `questions` times, the next when the last is answered. */
  askInTurn?(to: Handle, questions: number): Promise<void>;
  /** Only for runtimes in which stopping an actor takes longer the more siblings it has. */
  readonly mostActors?: number;
  /** Runs a repetition under something, such as an OpenTelemetry context. */
  around?(repetition: () => Promise<void>): Promise<void>;
  /** Spans ended and recorded so far in this process: the proof that a mode is what it says. */
  recordedSpans?(): number;
  /** Metric series with data at the end of the process: the same proof for metrics. */
  metricSeries?(): Promise<number>;
  teardown?(): unknown;
}
