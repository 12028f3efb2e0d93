import type { Caller } from "../../activation/definition/caller.ts";
import { context } from "../../telemetry/context/api.ts";
import type { CallMessage, SendMessage } from "../../wire/gateway-frames.ts";
import { refusedFailure } from "../call/failures.ts";
import { GatewayCode } from "../call/gateway-code.ts";
import type { Failure, OutsideAnswer, OutsideRequest } from "../call/outside-request.ts";
import { failFrame, replyFrame } from "./frame-write.ts";
import { MessageRecord } from "./message-span.ts";
import type { Outbox } from "./outbox.ts";
import type { SocketConnection } from "./socket-connection.ts";
import { badRequest, NOT_CONNECTED } from "./socket-failures.ts";
import type { SocketParts } from "./socket-parts.ts";

/** A call from a client. */
export type CallOrSend = CallMessage | SendMessage;

/** What the calls of a socket need of it. */
export interface CallsOwner {
  readonly outbox: Outbox;
  readonly caller: Caller | undefined;
  /** A call has ended. */
  ended(): void;
}

/** The calls of one socket that are being answered. A reply belongs to the socket, whatever becomes of its connection. */
export class SocketCalls {
  readonly #parts: SocketParts;
  readonly #owner: CallsOwner;
  readonly #calls = new Map<number, SocketCall>();

  constructor(parts: SocketParts, owner: CallsOwner) {
    this.#parts = parts;
    this.#owner = owner;
  }

  get size(): number {
    return this.#calls.size;
  }

  /**
   * Answers a call.
   *
   * @param connection `undefined` if it is not open
   * @param fault why what it carries is refused
   * @param isDraining whether nothing is begun any more
   */
  begin(
    message: CallOrSend,
    connection: SocketConnection | undefined,
    { fault, isDraining }: { readonly fault: string | undefined; readonly isDraining: boolean },
  ): void {
    const call = new SocketCall(this.#parts, this.#owner, message, connection, () => {
      this.#calls.delete(message.i);
      this.#owner.ended();
    });
    this.#calls.set(message.i, call);
    if (fault !== undefined) call.fail(badRequest(fault));
    else if (isDraining) call.fail(refusedFailure(GatewayCode.Draining, "the gateway stops"));
    else if (connection === undefined) call.fail(NOT_CONNECTED);
    else if (call.admit()) connection.whenOpen(call);
  }

  /** The client does not wait for a call any longer. */
  cancel(i: number): void {
    this.#calls.get(i)?.abandon();
  }

  /** The client does not wait for anything any longer. */
  abandonAll(): void {
    for (const call of [...this.#calls.values()]) call.abandon();
  }
}

/** One call, from its arrival to its answer. */
class SocketCall implements OutsideAnswer {
  readonly #parts: SocketParts;
  readonly #owner: CallsOwner;
  readonly #message: CallOrSend;
  readonly #connection: SocketConnection | undefined;
  readonly #record: MessageRecord;
  readonly #abort = new AbortController();
  readonly #ended: () => void;
  readonly #deadlineMs: number;
  #isEnded = false;
  #isCounted = false;

  constructor(
    parts: SocketParts,
    owner: CallsOwner,
    message: CallOrSend,
    connection: SocketConnection | undefined,
    ended: () => void,
  ) {
    const { exposed, host, settings } = parts;
    const { type = "", connectionId, linked } = connection ?? {};
    const isSend = message.t === "send";
    const name = isSend ? message.q : message.m;
    const known = exposed.get(type);
    const isExposed = (isSend ? known?.queues : known?.calls)?.has(name) === true;
    const { callTimeoutMs } = settings.limits;
    this.#parts = parts;
    this.#owner = owner;
    this.#message = message;
    this.#connection = connection;
    this.#ended = ended;
    this.#record = new MessageRecord(parts, { kind: message.t, type, name, isExposed }, message, {
      connectionId,
      linked: message.tp === undefined ? linked : undefined,
    });
    const givenMs = typeof message.ms === "number" ? message.ms : callTimeoutMs;
    this.#deadlineMs = host.clock.monotonicMs() + Math.min(givenMs, callTimeoutMs);
  }

  /** Counts it as being answered. Returns whether there is room. */
  admit(): boolean {
    try {
      this.#parts.inFlight.begin();
      this.#parts.underWay.begin();
      this.#isCounted = true;
      return true;
    } catch (error) {
      const { code, message } = error as { readonly code: GatewayCode; readonly message: string };
      this.fail(refusedFailure(code, message));
      return false;
    }
  }

  /** The connection is open, or has ended before. */
  opened(isOpen: boolean): void {
    if (this.#isEnded) return;
    if (!isOpen) this.fail(NOT_CONNECTED);
    else {
      context.with(this.#record.span.context, () => {
        this.#parts.calls.call(this.#request(), this);
      });
    }
  }

  reply(json: string | undefined): void {
    if (this.#isEnded) return;
    const { t, tp, i } = this.#message;
    const isStored = t === "send" && this.#message.ms === undefined;
    const value = isStored ? `{"id":${json}}` : json;
    this.#connection?.catchUp();
    const trace = tp === undefined ? undefined : this.#record.trace;
    this.#owner.outbox.send(replyFrame(i, value, trace));
    this.#record.end(undefined, this.#owner.caller?.id, value?.length ?? 0);
    this.#end(true);
  }

  fail(failure: Failure): void {
    if (this.#isEnded) return;
    this.#connection?.catchUp();
    this.#owner.outbox.send(failFrame(this.#message.i, failure, this.#record));
    this.#record.end(failure, this.#owner.caller?.id, 0);
    this.#end(true);
  }

  abandon(): void {
    if (this.#isEnded) return;
    this.#record.abandon(this.#owner.caller?.id);
    this.#end(false);
    this.#abort.abort();
  }

  #request(): OutsideRequest {
    const message = this.#message;
    const { type = "", key = [], connectionId, input } = this.#connection ?? {};
    const isSend = message.t === "send";
    return {
      kind: message.t,
      type,
      key,
      name: isSend ? message.q : message.m,
      args: isSend ? [message.b] : message.a,
      input,
      waits: isSend && message.ms !== undefined,
      caller: this.#owner.caller,
      requestId: this.#record.requestId,
      connectionId,
      context: this.#record.span.context,
      deadlineMs: this.#deadlineMs,
      signal: this.#abort.signal,
    };
  }

  #end(wasAnswered: boolean): void {
    this.#isEnded = true;
    if (this.#isCounted) {
      this.#parts.inFlight.end(wasAnswered);
      this.#parts.underWay.end(wasAnswered);
    }
    this.#ended();
  }
}
