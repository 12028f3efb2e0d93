import type { Msg } from "@nats-io/transport-node";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import type {
  Bus,
  BusMessage,
  BusSubscription,
  ReceivedMessage,
  RequestOptions,
} from "../engine/bus.ts";
import { requireTokens } from "../engine/tokens.ts";
import { headersOf, requireForeignHeaders } from "../nats-client/message-headers.ts";
import type { Outgoing, Uplink } from "../nats-client/uplink.ts";
import { logPrefix } from "./stream-plan.ts";

const REST = ".>";

/** Messages that are not stored: those of core NATS, below `ll.<namespace>.bus`. Inboxes have subjects of their own. */
export class NatsBus implements Bus {
  readonly #uplink: Uplink;
  readonly #prefix: string;
  readonly #maxBytes: number;

  constructor(uplink: Uplink, namespace: string, maxBytes: number) {
    this.#uplink = uplink;
    this.#prefix = `${logPrefix(namespace, "bus")}.`;
    this.#maxBytes = maxBytes;
  }

  /** Not an `async` function: the promise of the reply itself arrives a turn earlier. */
  request(subject: string, message: BusMessage, options: RequestOptions): Promise<BusMessage> {
    try {
      const outgoing = this.#outgoing(subject, message);
      if (message.body.byteLength <= this.#maxBytes) return this.#uplink.request(outgoing, options);
      throw new ClusterError(`${subject}: larger than ${this.#maxBytes} bytes`, {
        code: ErrorCode.EngineTooLarge,
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  publish(subject: string, message: BusMessage, replyTo?: string): boolean {
    return this.#uplink.publish(this.#outgoing(subject, message), replyTo);
  }

  subscribe(subject: string, receive: (message: ReceivedMessage) => void): BusSubscription {
    const isExact = !subject.endsWith(REST);
    requireTokens("subject", isExact ? subject : subject.slice(0, -REST.length));
    const whole = this.#uplink.isInbox(subject) ? subject : this.#prefix + subject;
    const known = isExact ? subject : undefined;
    return this.#uplink.subscribe(whole, (message) => receive(this.#received(message, known)));
  }

  inbox(): string {
    return this.#uplink.inbox();
  }

  #outgoing(subject: string, { headers, body }: BusMessage): Outgoing {
    requireForeignHeaders(headers);
    if (this.#uplink.isInbox(subject)) return { subject, headers, body };
    requireTokens("subject", subject);
    return { subject: this.#prefix + subject, headers, body };
  }

  /** @param known its subject, if only one is listened to: the client decodes what is read of a message only */
  #received(message: Msg, known: string | undefined): ReceivedMessage {
    const { reply, headers, data } = message;
    return {
      subject: known ?? this.#subjectOf(message),
      // Replies go to inboxes only: a peer must not have us publish to any other subject.
      replyTo: reply !== undefined && this.#uplink.isInbox(reply) ? reply : undefined,
      headers: headersOf(headers),
      body: data,
    };
  }

  #subjectOf({ subject }: Msg): string {
    return subject.startsWith(this.#prefix) ? subject.slice(this.#prefix.length) : subject;
  }
}
