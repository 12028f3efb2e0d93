import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, LimelightError, toError } from "../../base/errors.ts";
import { runInNextTurn } from "../../base/node-timers.ts";
import { CallOutcome } from "../../telemetry/cluster-attributes.ts";
import { type CallAnswer, decodeAnswer } from "../calls/call-answer.ts";
import { encodeAbort, encodeCall } from "../calls/call-message.ts";
import { isFenced } from "../calls/fenced-call.ts";
import { headOfRequest, responseOf } from "../calls/request-head.ts";
import type { Bus, BusMessage } from "../engine/bus.ts";
import { callSubject, streamSubject } from "../protocol/subjects.ts";
import { isAgain } from "../routing/attempts.ts";
import type { CallTelemetry } from "../routing/call-telemetry.ts";
import type { Route } from "../routing/route-cache.ts";
import { BodyStream } from "../streams/body-stream.ts";
import { NO_GRANT } from "../streams/credit.ts";
import type { StreamFrame } from "../streams/stream-frames.ts";
import type { Window } from "../streams/stream-limits.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";

/** What a {@link RequestFlight} works with. */
export interface RequestFlightParts {
  /** Unique among all calls. */
  readonly id: string;
  readonly clock: Clock;
  readonly bus: Pick<Bus, "publish" | "request">;
  /** `maxMessageBytes` of the engine. */
  readonly maxBytes: number;
  readonly chunkBytes: number;
  readonly window: Window;
  /** Where the parts of the response go. */
  readonly inbox: string;
  readonly telemetry: CallTelemetry;
  readonly outgoing: OutgoingRequest;
  readonly route: Route;
  /** Called once, when nothing of it is under way any more. */
  readonly over: () => void;
}

/** A reply is waited for a little longer than its sender does: what is too late for it is no fault of the engine. */
const GRACE_MS = 250;

/** One attempt to have a request answered by a runner, until the body of the response has ended. */
export class RequestFlight {
  readonly stream: BodyStream;
  readonly route: Route;
  readonly #parts: RequestFlightParts;
  readonly #controller = new AbortController();
  /** Set when the body of the response has arrived, or has failed. */
  #bodyEnd: { readonly error: Error | undefined } | undefined;
  #isAnswered = false;
  #isOver = false;

  constructor(parts: RequestFlightParts) {
    const { id, clock, bus, window, chunkBytes, outgoing, route } = parts;
    this.#parts = parts;
    this.route = route;
    const subject = streamSubject(route.runnerId);
    const isHead = outgoing.asked.request.method === "HEAD"; // nobody reads the body
    this.stream = new BodyStream({
      id,
      clock,
      publish: (part) => bus.publish(subject, part),
      window,
      chunkBytes,
      granted: isHead ? NO_GRANT : window,
      credit: NO_GRANT,
      sent: () => {}, // the runner is told how it has ended
      received: (error) => this.#received(error),
      cancelled: () => runInNextTurn(() => this.#cancelled()),
      stopped: () => {},
      broken: (error) => this.#lose(error),
    });
  }

  /** Sends the request. Rejects if it was certainly not handled there, and may be elsewhere. */
  async send(): Promise<void> {
    const { outgoing, telemetry, bus, maxBytes, route, clock } = this.#parts;
    const { request, sending } = outgoing.asked;
    const trace = telemetry.sent(outgoing, route);
    outgoing.onGivenUp = (error) => this.#giveUp(error);
    if (request.body !== null) this.stream.send(request.body);
    const timeoutMs = Math.max(0, sending.deadlineMs - clock.monotonicMs());
    let message: BusMessage;
    try {
      const call = { ...outgoing.call(this.stream.id, route.generation, timeoutMs), trace };
      message = encodeCall(call, this.#headText(request), maxBytes);
    } catch (error) {
      this.#end(CallOutcome.NotHandled, toError(error), false);
      return;
    }
    const { signal } = this.#controller;
    const options = { timeoutMs: timeoutMs + GRACE_MS, signal };
    const reply = await bus.request(callSubject(route.runnerId), message, options).then(
      (answer) => ({ answer, error: undefined }),
      (error: unknown) => ({ answer: undefined, error }),
    );
    if (this.#isOver) return;
    if (reply.answer === undefined) this.#unanswered(reply.error);
    else this.#answered(reply.answer);
  }

  receive(frame: StreamFrame): void {
    this.stream.receive(frame);
  }

  /** Ends it: what has become of it is not known, unless it was answered completely. */
  lose(cause?: unknown): void {
    this.#lose(this.#lost(cause));
  }

  #headText(request: Request): string {
    const { inbox, window } = this.#parts;
    const { bytes, frames } = request.method === "HEAD" ? NO_GRANT : window;
    return JSON.stringify([headOfRequest(request, { inbox, bytes, frames })]);
  }

  /** @throws what is to be tried elsewhere */
  #answered(message: BusMessage): void {
    let answer: CallAnswer | Response;
    try {
      const decoded = decodeAnswer(message, this.#parts.maxBytes);
      const isReply = decoded.kind === "reply";
      answer = isReply ? responseOf(decoded.value, this.stream.incoming) : decoded;
    } catch (error) {
      this.#lose(toError(error));
      return;
    }
    if (answer instanceof Response) this.#begin(answer);
    else if (answer.kind === "failed") this.#refused(answer.error, answer.handled);
  }

  /** @throws what is to be tried elsewhere */
  #refused(error: Error, handled: boolean): void {
    const { owner, message } = this.#parts.outgoing;
    if (handled && isFenced({ owner, name: message.name }, error)) this.#lose(this.#lost(error));
    else if (!handled && isAgain(error)) this.#elsewhere(error);
    else this.#end(CallOutcome.Answered, error, handled);
  }

  /** The response has begun; some of its body may have come before. */
  #begin(response: Response): void {
    const { outgoing } = this.#parts;
    this.#isAnswered = true;
    this.stream.guard();
    this.#followSignal();
    outgoing.reply(response);
    if (response.body === null) this.#end(CallOutcome.Answered, undefined, true);
    else if (this.#bodyEnd !== undefined) this.#received(this.#bodyEnd.error);
  }

  /** @throws what is to be tried elsewhere */
  #unanswered(error: unknown): void {
    const code = LimelightError.is(error) ? error.code : "";
    const { EngineNoListener, EngineUnavailable, EngineTooLarge } = ErrorCode;
    if (code === EngineNoListener || code === EngineUnavailable) this.#elsewhere(error);
    else if (code === EngineTooLarge) this.#end(CallOutcome.NotHandled, toError(error), false);
    else this.#lose(this.#lost(error));
  }

  /** @throws `error` */
  #elsewhere(error: unknown): void {
    if (this.stream.hasBegun) {
      this.#lose(this.#lost(error)); // its body cannot be sent again
      return;
    }
    const { outgoing, telemetry } = this.#parts;
    telemetry.attempted(CallOutcome.NotHandled);
    outgoing.attempts += 1;
    outgoing.onGivenUp = undefined;
    this.#finish();
    throw error;
  }

  /** The request is no longer waited for, before it was answered. */
  #giveUp(error: Error): void {
    const { bus, route } = this.#parts;
    const isLate = LimelightError.is(error) && error.code === ErrorCode.AskTimeout;
    bus.publish(callSubject(route.runnerId), encodeAbort({ id: this.stream.id }));
    this.#end(isLate ? CallOutcome.Unknown : CallOutcome.Aborted, error, true);
  }

  /** The client may go away while the body of the response arrives. */
  #followSignal(): void {
    const { signal } = this.#parts.outgoing.asked.sending;
    const aborted = (): void => this.#giveUp(givenUp());
    signal?.addEventListener("abort", aborted, { once: true });
    this.#controller.signal.addEventListener("abort", () => {
      signal?.removeEventListener("abort", aborted);
    });
  }

  /** The body of the response is not read any more; mostly since the client has gone, which is told in the same turn. */
  #cancelled(): void {
    if (this.#isOver) return;
    this.stream.stop();
    this.#end(CallOutcome.Answered, undefined, true);
  }

  #received(error: Error | undefined): void {
    this.#bodyEnd = { error };
    if (!this.#isAnswered) return; // the head follows
    this.#end(CallOutcome.Answered, error, true);
  }

  #lose(error: Error): void {
    this.#end(CallOutcome.Unknown, error, true);
  }

  #end(outcome: CallOutcome, error: Error | undefined, handled: boolean): void {
    if (this.#isOver) return;
    const { outgoing, telemetry } = this.#parts;
    telemetry.attempted(outcome);
    telemetry.ended(outgoing, error);
    this.#finish(error);
    if (error !== undefined) outgoing.fail(error, handled);
  }

  #finish(error: Error = givenUp()): void {
    this.#isOver = true;
    this.#controller.abort();
    this.stream.end(error);
    this.#parts.over();
  }

  #lost(cause: unknown): ClusterError {
    const { outgoing, route } = this.#parts;
    const { runnerId } = route;
    const text = `the runner of a ${outgoing.owner.type} was lost while it answered a request`;
    return new ClusterError(text, { code: ErrorCode.RunnerLost, runnerId, cause });
  }
}

function givenUp(): LimelightError {
  return new LimelightError("the request was given up", { code: ErrorCode.Aborted });
}
