import type { Answer, KeyAddress, Sending } from "../../activation/access/actor-access.ts";
import type { ActorHost } from "../../activation/hosting/actor-host.ts";
import { ActorOperation } from "../../activation/placement/placement.ts";
import { jsonFault } from "../../activation/records/json-fault.ts";
import { AbortSwitch } from "../../base/async/abort-switch.ts";
import { encodeFailure, encodeReply } from "../calls/call-answer.ts";
import { CallKind, type CallRequest, notJson } from "../calls/call-message.ts";
import { leaseLost } from "../calls/fenced-call.ts";
import { encodeStored } from "../calls/stored-notice.ts";
import { invalid } from "../codec/json.ts";
import type { BusMessage } from "../engine/bus.ts";
import { givenUp, type Incoming, type IncomingParts } from "./incoming.ts";

/** A reply that waits for the store, as it was when the handler returned. */
class HeldText {
  readonly text: string | undefined;

  constructor(text: string | undefined) {
    this.text = text;
  }
}

const OPERATIONS: ReadonlySet<string> = new Set(Object.values(ActorOperation));

/** A call of another process while it is handled here. */
export class IncomingCall implements Incoming, Answer {
  readonly request: CallRequest;
  readonly #parts: IncomingParts;
  readonly #end = new AbortSwitch();
  #isAnswered = false;

  constructor(parts: IncomingParts) {
    this.request = parts.request;
    this.#parts = parts;
  }

  abort(): void {
    this.#end.abort();
    this.fail(givenUp(), false);
  }

  onAbort(listener: () => void): void {
    this.#end.addEventListener("abort", listener);
  }

  deliver(address: KeyAddress): void {
    const { kind, name, args, mustExist } = this.request;
    const { deadlineMs, span } = this.#parts;
    const sending: Sending = {
      context: span.context,
      deadlineMs,
      signal: this.#end,
      create: !mustExist,
    };
    switch (kind) {
      case CallKind.Ask:
      case CallKind.Tell:
        address.call({ kind, name, args }, sending, this);
        return;
      case CallKind.Send:
      case CallKind.QueueAsk: {
        const awaitsReply = kind === CallKind.QueueAsk;
        address.send({ queue: name, body: args[0], awaitsReply }, sending, this);
        return;
      }
      case CallKind.Operation:
      case CallKind.Request:
        throw invalid(`${kind} is no message`);
    }
  }

  perform(host: Pick<ActorHost, "perform">): void {
    const { name, owner } = this.request;
    if (!OPERATIONS.has(name)) throw invalid("a call has an unknown operation");
    host.perform(owner, name as ActorOperation).then(
      (result) => this.reply(result),
      (error: unknown) => this.fail(error, false),
    );
  }

  stored(messageId: string): void {
    const { id: callId, inbox } = this.request;
    if (inbox === undefined || this.#isAnswered) return;
    this.#parts.desk.notify(inbox, encodeStored({ callId, messageId }));
  }

  hold(value: unknown): unknown {
    try {
      return new HeldText(this.#textOf(value));
    } catch (error) {
      // Told when the reply is given: what the handler has changed is stored until then.
      return new FailedReply(error);
    }
  }

  reply(value: unknown): void {
    if (value instanceof FailedReply) {
      this.fail(value.error, true);
      return;
    }
    try {
      const text = value instanceof HeldText ? value.text : this.#textOf(value);
      this.#answer(encodeReply(text, this.#parts.desk.maxBytes), undefined);
    } catch (error) {
      this.fail(error, true);
    }
  }

  fail(error: unknown, handled: boolean): void {
    this.#answer(encodeFailure(error, handled), error);
  }

  /** A reply is not given once another process may have taken the actor over. */
  #answer(answer: BusMessage, error: unknown): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const { desk, replyTo, span } = this.#parts;
    desk.over(this.request);
    if (desk.isLeaseValid()) {
      span.end(error);
      desk.publish(replyTo, answer);
      return;
    }
    const lost = leaseLost(this.request);
    span.end(lost);
    desk.publish(replyTo, encodeFailure(lost, true));
  }

  /** @throws LimelightError `ERR_STATE_INVALID` for a reply that JSON would change */
  #textOf(value: unknown): string | undefined {
    if (value === undefined) return undefined;
    const fault = jsonFault("reply", value);
    if (fault === undefined) return JSON.stringify(value);
    const { name, owner } = this.request;
    throw notJson(`the reply of ${name} of ${owner.type}`, fault);
  }
}

/** A reply that cannot be sent. */
class FailedReply {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}
