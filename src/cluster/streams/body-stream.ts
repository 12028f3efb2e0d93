import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { invalid } from "../codec/json.ts";
import type { BusMessage } from "../engine/bus.ts";
import { wait } from "../engine/wait.ts";
import { BodyReceiver } from "./body-receiver.ts";
import { BodySender } from "./body-sender.ts";
import { Allowance, type Grant } from "./credit.ts";
import {
  type BodyFrame,
  encodeBodyFrame,
  encodeCredit,
  encodeStop,
  type StreamFrame,
  StreamKind,
} from "./stream-frames.ts";
import { STREAM_SEND_MS, STREAM_SILENCE_MS, type Window } from "./stream-limits.ts";

/** What a {@link BodyStream} works with. */
export interface BodyStreamParts {
  /** Unique among the streams of both ends. */
  readonly id: string;
  readonly clock: Clock;
  /** Sends a message to the other end. Returns false if it was not sent. */
  readonly publish: (message: BusMessage) => boolean;
  readonly chunkBytes: number;
  /** How much of the incoming body may be under way. */
  readonly window: Window;
  /** What the other end may send from the beginning. */
  readonly granted: Grant;
  /** What this end may send from the beginning. */
  readonly credit: Grant;
  /** Returns why nothing may be sent any more; `undefined` while it may be. */
  readonly fault?: () => Error | undefined;
  /** Called when the outgoing body was sent, with its error if it has failed. */
  readonly sent: (error: Error | undefined) => void;
  /** Called when the incoming body has arrived, with its error if it has failed. */
  readonly received: (error: Error | undefined) => void;
  /** Called when the reader of the incoming body has cancelled it: the other end is to be told by {@link BodyStream.stop}. */
  readonly cancelled: () => void;
  /** Called when the other end does not read the outgoing body any more. */
  readonly stopped: () => void;
  /** Called when the stream is broken: the other end is silent, parts are lost, or nothing can be sent. */
  readonly broken: (error: Error) => void;
}

const RETRY_MS = 20;

/** One end of a stream between two processes: a body each way, each as fast as it is read. */
export class BodyStream {
  readonly id: string;
  readonly #parts: BodyStreamParts;
  readonly #allowance: Allowance;
  readonly #receiver: BodyReceiver;
  readonly #sender: BodySender;
  readonly #closing = new AbortController();
  #sent = 0;
  #received = 0;
  #heardMs: number;
  /** Whether the silence of the other end means that it is lost. */
  #isGuarded = false;
  /** Whether it has a reader that was not told yet how much may be sent. */
  #isCreditDue = false;
  #isOver = false;

  constructor(parts: BodyStreamParts) {
    const { id, clock, window, granted, credit, chunkBytes } = parts;
    this.id = id;
    this.#parts = parts;
    this.#heardMs = clock.monotonicMs();
    this.#allowance = new Allowance(window, granted);
    this.#receiver = new BodyReceiver({
      allowance: this.#allowance,
      wanted: () => this.#grant(),
      cancelled: parts.cancelled,
    });
    this.#sender = new BodySender({
      granted: credit,
      chunkBytes,
      deliver: (frame) => this.#deliver(frame),
      ended: (error) => {
        if (!this.#isOver) parts.sent(error);
      },
    });
  }

  /** The body that comes in. */
  get incoming(): ReadableStream<Uint8Array> {
    return this.#receiver.stream;
  }

  /** Whether the outgoing body was touched. */
  get hasBegun(): boolean {
    return this.#sender.hasBegun;
  }

  /** Sends a body, as far as the other end allows. */
  send(body: ReadableStream<Uint8Array>): void {
    this.#sender.start(body);
  }

  /** From now on the other end must be heard of. */
  guard(): void {
    this.#heardMs = this.#parts.clock.monotonicMs();
    this.#isGuarded = true;
  }

  /** @param message as it was decoded */
  receive(message: StreamFrame): void {
    if (this.#isOver) return;
    this.#heardMs = this.#parts.clock.monotonicMs();
    switch (message.kind) {
      case StreamKind.Credit:
        if (message.sent > this.#received) this.break(incomplete());
        else this.#sender.raise(message);
        return;
      case StreamKind.Stop:
        this.#sender.stop(unread());
        this.#parts.stopped();
        return;
      case "body":
        this.#receiveBody(message);
        return;
    }
  }

  /** Tells the other end that its body is not read any more. It may get lost. */
  stop(): void {
    if (!this.#isOver) this.#parts.publish(encodeStop(this.id));
  }

  /** Shows the other end that this one is there, and gives the stream up if the other end is not. */
  look(nowMs: number): void {
    if (this.#isGuarded && nowMs - this.#heardMs > STREAM_SILENCE_MS) {
      this.break(new ClusterError("the other process is silent", { code: ErrorCode.RunnerLost }));
    } else this.#tellCredit();
  }

  #receiveBody(message: StreamFrame & { readonly kind: "body" }): void {
    if (message.number <= this.#received) return; // it was here before
    if (message.number !== this.#received + 1) {
      this.break(incomplete());
      return;
    }
    this.#received = message.number;
    this.#take(message.frame);
  }

  /** Ends both bodies. What has arrived completely can still be read. */
  end(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#closing.abort();
    this.#sender.stop(error);
    this.#receiver.break(error);
  }

  /** Ends both bodies, since the stream is of no use any more, and tells the other end, if that is possible. */
  break(error: Error): void {
    if (this.#isOver) return;
    const { id, publish } = this.#parts;
    const isTold = !this.#sender.isOver;
    this.end(error);
    if (isTold) publish(encodeBodyFrame(id, this.#sent + 1, { kind: StreamKind.Fail, error }));
    this.#parts.broken(error);
  }

  #take(frame: BodyFrame): void {
    switch (frame.kind) {
      case StreamKind.Data:
        if (!this.#receiver.take(frame.bytes))
          this.break(invalid("more was sent than was allowed"));
        return;
      case StreamKind.End:
        this.#receiver.finish(undefined);
        this.#parts.received(undefined);
        return;
      case StreamKind.Fail:
        this.#receiver.finish(frame.error);
        this.#parts.received(frame.error);
        return;
    }
  }

  #grant(): void {
    if (this.#isOver || this.#allowance.next() === undefined) return;
    this.#tellCredit();
    if (this.#isCreditDue) void this.#tellLater(); // never rejects
  }

  #tellCredit(): void {
    const { id, publish } = this.#parts;
    const credit = { ...this.#allowance.granted, sent: this.#sent };
    this.#isCreditDue = !publish(encodeCredit(id, credit));
  }

  async #tellLater(): Promise<void> {
    await wait(this.#parts.clock, RETRY_MS, this.#closing.signal);
    if (this.#isOver || !this.#isCreditDue) return;
    this.#tellCredit();
    if (this.#isCreditDue) void this.#tellLater(); // never rejects; ends with the stream
  }

  /** Sends a frame of the body, once the engine takes it. Rejects, and breaks the stream, if that takes too long. */
  async #deliver(frame: BodyFrame): Promise<void> {
    const { id, clock, publish, fault } = this.#parts;
    const message = encodeBodyFrame(id, this.#sent + 1, frame);
    const untilMs = clock.monotonicMs() + STREAM_SEND_MS;
    while (!this.#isOver) {
      const error = fault?.() ?? (clock.monotonicMs() > untilMs ? notSent() : undefined);
      if (error !== undefined) {
        this.break(error);
        throw error;
      }
      if (publish(message)) {
        this.#sent += 1;
        return;
      }
      await wait(clock, RETRY_MS, this.#closing.signal);
    }
  }
}

function unread(): ClusterError {
  return new ClusterError("the body is not read any more", { code: ErrorCode.Aborted });
}

function incomplete(): ClusterError {
  const text = "a part of a body was lost between two processes";
  return new ClusterError(text, { code: ErrorCode.RunnerLost });
}

function notSent(): ClusterError {
  const text = `a part of a body could not be sent for ${STREAM_SEND_MS} ms`;
  return new ClusterError(text, { code: ErrorCode.EngineUnavailable });
}
