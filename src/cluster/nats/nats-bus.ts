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

  async request(
    subject: string,
    message: BusMessage,
    options: RequestOptions,
  ): Promise<BusMessage> {
    const outgoing = this.#outgoing(subject, message);
    if (message.body.byteLength > this.#maxBytes) {
      throw new ClusterError(`${subject}: larger than ${this.#maxBytes} bytes`, {
        code: ErrorCode.EngineTooLarge,
      });
    }
    const { timeoutMs, signal } = options;
    const reply = await this.#uplink.request(outgoing, { timeoutMs, signal });
    return { headers: headersOf(reply.headers), body: reply.data };
  }

  publish(subject: string, message: BusMessage, replyTo?: string): boolean {
    return this.#uplink.publish(this.#outgoing(subject, message), replyTo);
  }

  subscribe(subject: string, receive: (message: ReceivedMessage) => void): BusSubscription {
    const tokens = subject.endsWith(REST) ? subject.slice(0, -REST.length) : subject;
    requireTokens("subject", tokens);
    const whole = this.#uplink.isInbox(subject) ? subject : this.#prefix + subject;
    return this.#uplink.subscribe(whole, (message) => receive(this.#received(message)));
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

  #received({ subject, reply, headers, data }: Msg): ReceivedMessage {
    return {
      subject: subject.startsWith(this.#prefix) ? subject.slice(this.#prefix.length) : subject,
      // Replies go to inboxes only: a peer must not have us publish to any other subject.
      replyTo: reply !== undefined && this.#uplink.isInbox(reply) ? reply : undefined,
      headers: headersOf(headers),
      body: data,
    };
  }
}
