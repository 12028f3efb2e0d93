import type { Context, Span } from "@opentelemetry/api";
import type { Answer, KeyAddress, Sending } from "../../activation/access/actor-access.ts";
import { originIn } from "../../activation/definition/caller.ts";
import type { Owner } from "../../activation/records/record-keys.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ClusterError, DeliveryError, ErrorCode, LimelightError } from "../../base/errors.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import { CallKind, type CallRequest } from "../calls/call-message.ts";
import { type TraceFields, traceFieldsOf } from "../calls/trace-fields.ts";
import type { ReportedCall } from "../routing/call-telemetry.ts";

/** An HTTP request for an actor, as a gateway sends it. */
export interface AskedRequest {
  readonly owner: Owner;
  /** The address of the key at this process alone. */
  readonly here: KeyAddress;
  readonly request: Request;
  readonly sending: Sending;
  readonly answer: Answer;
}

/** A request on its way to an actor of another process, until its response has begun. */
export class OutgoingRequest implements ReportedCall {
  readonly asked: AskedRequest;
  readonly owner: Owner;
  readonly message: ReportedCall["message"] & { readonly context: Context };
  readonly trace: TraceFields;
  attempts = 0;
  startedMs = 0;
  callSpan: Span | undefined;
  /** Ends what is under way for it, when it is no longer waited for; `undefined` while it was not sent. */
  onGivenUp: ((error: Error) => void) | undefined;
  readonly #unsent: (error: LimelightError) => void;
  readonly #clock: Clock;
  #timer: ClockTimer | undefined;
  #ignoreSignal: (() => void) | undefined;
  #hasEnded = false;

  /** @param unsent called when it is given up before it was sent */
  constructor(asked: AskedRequest, clock: Clock, unsent: (error: LimelightError) => void) {
    const { owner, sending } = asked;
    const { context } = sending;
    this.asked = asked;
    this.#unsent = unsent;
    this.owner = owner;
    const span = spanOf(context);
    this.message = { kind: "ask", name: "onRequest", context, span };
    this.trace = traceFieldsOf(context, span);
    this.#clock = clock;
  }

  /** Gives it up at its deadline, or when its sender does. */
  follow(): void {
    const { signal, deadlineMs } = this.asked.sending;
    const aborted = (): void => this.#giveUp(this.#aborted());
    if (signal?.aborted === true) {
      aborted();
      return;
    }
    const late = (): void => this.#giveUp(this.#overdue());
    const leftMs = Math.max(0, deadlineMs - this.#clock.monotonicMs());
    this.#timer = this.#clock.schedule(late, leftMs, KeepAlive.Yes);
    signal?.addEventListener("abort", aborted, { once: true });
    this.#ignoreSignal = () => signal?.removeEventListener("abort", aborted);
  }

  /** Whether it was answered, or is no longer waited for. */
  get ended(): boolean {
    return this.#hasEnded;
  }

  /** What is sent, besides the head. */
  call(id: string, generation: number, timeoutMs: number): Omit<CallRequest, "args" | "trace"> {
    const { owner, asked, message } = this;
    return {
      id,
      kind: CallKind.Request,
      owner,
      generation,
      timeoutMs,
      name: message.name,
      mustExist: !asked.sending.create,
      senderId: undefined,
      origin: originIn(message.context),
    };
  }

  reply(response: Response): void {
    if (this.#end()) this.asked.answer.reply(response);
    else response.body?.cancel().catch(() => {}); // nobody reads it
  }

  fail(error: unknown, handled: boolean): void {
    if (this.#end()) this.asked.answer.fail(error, handled);
  }

  #giveUp(error: LimelightError): void {
    const { onGivenUp } = this;
    if (!this.#end()) return;
    if (onGivenUp === undefined) this.#unsent(error);
    else onGivenUp(error);
    const isKnown = onGivenUp === undefined || error.code === ErrorCode.Aborted;
    this.asked.answer.fail(error, !isKnown);
  }

  #end(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    this.#timer?.cancel();
    this.#ignoreSignal?.();
    return true;
  }

  #overdue(): LimelightError {
    const { type, keyText } = this.owner;
    const actorId = `${type}/${keyText}`;
    if (this.onGivenUp === undefined) {
      const text = `no runner could take a request for ${actorId} in time`;
      return new ClusterError(text, { code: ErrorCode.NoRunner });
    }
    const text = `no answer to a request for ${actorId} in time`;
    const messageType = this.message.name;
    return new DeliveryError(text, { code: ErrorCode.AskTimeout, actorId, messageType });
  }

  #aborted(): LimelightError {
    const text = `a request for a ${this.owner.type} was given up`;
    return new LimelightError(text, { code: ErrorCode.Aborted });
  }
}
