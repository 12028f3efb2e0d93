import type { Answer, KeyAddress } from "../../activation/access/actor-access.ts";
import { toError } from "../../base/errors.ts";
import { encodeFailure, encodeReply } from "../calls/call-answer.ts";
import type { CallRequest } from "../calls/call-message.ts";
import { leaseLost } from "../calls/fenced-call.ts";
import { headOfResponse, type RequestHead, requestOf } from "../calls/request-head.ts";
import { invalid } from "../codec/json.ts";
import type { BusMessage } from "../engine/bus.ts";
import { BodyStream } from "../streams/body-stream.ts";
import { NO_GRANT } from "../streams/credit.ts";
import type { Window } from "../streams/stream-limits.ts";
import { givenUp, type Incoming, type IncomingParts } from "./incoming.ts";

/** What an {@link IncomingRequest} works with. */
export interface IncomingRequestParts extends IncomingParts {
  readonly head: RequestHead;
  /** Sends a part of the response. Returns false if it was not sent. */
  readonly send: (part: BusMessage) => boolean;
  readonly window: Window;
  readonly chunkBytes: number;
  /** Called once, before the call is over. */
  readonly ended: () => void;
}

/** An HTTP request of another process, until the body of its response was sent. */
export class IncomingRequest implements Incoming, Answer {
  readonly request: CallRequest;
  readonly stream: BodyStream;
  readonly #parts: IncomingRequestParts;
  readonly #controller = new AbortController();
  #response: Response | undefined;
  #isAnswered = false;
  #isOver = false;

  constructor(parts: IncomingRequestParts) {
    const { request, head, desk, window, chunkBytes, send } = parts;
    this.request = request;
    this.#parts = parts;
    this.stream = new BodyStream({
      id: request.id,
      clock: desk.clock,
      publish: send,
      window,
      chunkBytes,
      granted: NO_GRANT, // the body stays where it is until the actor reads it
      credit: { bytes: head.bytes, frames: head.frames },
      fault: () => (desk.isLeaseValid() ? undefined : leaseLost(request)),
      sent: (error) => this.#end(error),
      received: () => {},
      cancelled: () => this.stream.stop(),
      stopped: () => this.#end(undefined),
      broken: (error) => this.#lose(error),
    });
    this.stream.guard();
  }

  /** The client has gone. */
  abort(): void {
    this.#lose(givenUp());
  }

  onAbort(listener: () => void): void {
    this.#controller.signal.addEventListener("abort", listener, { once: true });
  }

  deliver(address: KeyAddress): void {
    const { head, deadlineMs, span } = this.#parts;
    const { signal } = this.#controller;
    const request = requestOf(head, this.stream.incoming, signal);
    const create = !this.request.mustExist;
    address.request(request, { context: span.context, deadlineMs, signal, create }, this);
  }

  perform(): void {
    throw invalid("a request is no operation");
  }

  reply(value: unknown): void {
    const response = value as Response; // as `KeyAddress.request` answers
    this.#response = response;
    if (this.#isAnswered) {
      this.#discard();
      return;
    }
    if (!this.#parts.desk.isLeaseValid()) {
      this.fail(leaseLost(this.request), true);
      return;
    }
    let answer: BusMessage;
    try {
      answer = encodeReply(JSON.stringify(headOfResponse(response)), this.#parts.desk.maxBytes);
    } catch (error) {
      this.fail(error, true);
      return;
    }
    this.#isAnswered = true;
    if (!this.#publish(answer)) this.#lose(givenUp());
    else if (response.body === null) this.#end(undefined);
    else this.stream.send(response.body);
  }

  fail(error: unknown, handled: boolean): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#publish(encodeFailure(error, handled));
    this.#end(toError(error));
  }

  /** The caller, or what is between, is gone. */
  #lose(error: Error): void {
    this.#controller.abort(error);
    this.fail(error, true);
    this.#end(error);
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { span, desk, ended } = this.#parts;
    span.end(error);
    this.stream.end(error ?? givenUp());
    this.#discard();
    ended();
    desk.over(this.request);
  }

  #publish(answer: BusMessage): boolean {
    const { desk, replyTo } = this.#parts;
    return desk.publish(replyTo, answer);
  }

  #discard(): void {
    this.#response?.body?.cancel().catch(() => {}); // one that is being sent is cancelled by its reader
  }
}
