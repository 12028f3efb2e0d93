import type { Msg } from "@nats-io/transport-node";
import type { Delivery, MessageHeaders } from "../engine/log.ts";
import type { AckSubject } from "../nats-client/ack-subject.ts";
import { headersOf } from "../nats-client/message-headers.ts";
import { toNanos } from "../nats-client/nanos.ts";
import { writeError } from "../nats-client/nats-errors.ts";
import type { ConsumptionParts } from "./consumption-parts.ts";

const ACK = Buffer.from("+ACK");
const TERM = Buffer.from("+TERM");

/** A delivered message. The first answer counts. */
export class NatsDelivery implements Delivery {
  readonly subject: string;
  readonly headers: MessageHeaders;
  readonly body: Uint8Array;
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly attempt: number;
  readonly #replyTo: string;
  readonly #parts: ConsumptionParts;
  #answer: Promise<void> | undefined;

  constructor(message: Msg, place: AckSubject, parts: ConsumptionParts) {
    this.subject = message.subject.slice(parts.subjectPrefix.length);
    this.headers = headersOf(message.headers);
    this.body = message.data;
    this.sequence = place.streamSequence;
    this.storedAtMs = place.storedAtMs;
    this.attempt = place.attempt;
    this.#replyTo = message.reply ?? "";
    this.#parts = parts;
  }

  ack(): Promise<void> {
    this.#answer ??= this.#confirm(ACK);
    return this.#answer;
  }

  reject(): Promise<void> {
    this.#answer ??= this.#confirm(TERM);
    return this.#answer;
  }

  retry(delayMs: number): void {
    if (this.#answer !== undefined) return;
    this.#answer = Promise.resolve();
    const body = Buffer.from(`-NAK ${JSON.stringify({ delay: toNanos(Math.max(0, delayMs)) })}`);
    // If it is not sent, the message comes again after the wait for its answer.
    this.#parts.uplink.publish({ subject: this.#replyTo, headers: {}, body });
  }

  async #confirm(answer: Uint8Array): Promise<void> {
    try {
      await this.#parts.api.answer(this.#replyTo, answer);
    } catch (error) {
      throw writeError(`answer to message ${this.sequence}`, error);
    }
  }
}
