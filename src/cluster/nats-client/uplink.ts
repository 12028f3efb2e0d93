import {
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  nuid,
  PermissionViolationError,
  type Status,
} from "@nats-io/transport-node";
import { within } from "../../base/async/within.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode, toError } from "../../base/errors.ts";
import { Listeners } from "../../base/listeners.ts";
import type { BusMessage } from "../engine/bus.ts";
import type { Connection, EngineFault } from "../engine/engine.ts";
import type { MessageHeaders } from "../engine/log.ts";
import { connectToNats, inboxPrefixOf } from "./connect.ts";
import { asClientHeaders, encodeHeaders } from "./message-headers.ts";
import type { NatsSettings } from "./nats-options.ts";
import { OutboundLimit } from "./outbound-limit.ts";
import { aborted, noReply, PendingRequests, type Waiting } from "./pending-requests.ts";
import { type Reminder, Reminders } from "./reminders.ts";
import { Silence } from "./silence.ts";

/** How long what was sent is waited for when a session is closed. */
const FLUSH_MS = 2_000;

/** Whether a request was rejected because the server does not permit this client to publish to its subject. */
export function isDenied(error: unknown): boolean {
  return error instanceof ClusterError && error.cause instanceof PermissionViolationError;
}

const INBOX_START = "_INBOX";
const INBOX = /^_INBOX[\w-]*(?:\.[\w-]+)+$/;

/** What an {@link Uplink} needs. */
export interface UplinkParts {
  readonly settings: NatsSettings;
  readonly clock: Clock;
  readonly runnerId: string;
  readonly onFault: (fault: EngineFault) => void;
}

/** What is sent. */
export interface Outgoing {
  readonly subject: string;
  readonly headers: MessageHeaders;
  readonly body: Uint8Array;
}

/** How a request waits for its reply. */
export interface Asking extends Omit<Waiting, "subject"> {
  /** Of a request that may be sent again while it waits: whoever gets it twice does it once. Default: it is sent once. */
  readonly reminder?: Reminder | undefined;
}

/** Headers as the client takes them. */
interface Encoded {
  readonly headers?: MsgHdrs;
}

const NO_OPTIONS: Encoded = {};

/** A subscription at work. */
export interface UplinkSubscription {
  stop(): void;
  /** Stops, and gives what is already on its way. */
  drain(): void;
}

/**
 * The connection of one session. Reconnects for ever. While it is not connected nothing is sent or buffered, and requests
 * that were sent are rejected at once.
 */
export class Uplink implements Connection {
  readonly #parts: UplinkParts;
  readonly #client: NatsConnection;
  readonly #requests: PendingRequests;
  readonly #reminders: Reminders;
  readonly #limit: OutboundLimit;
  readonly #changes: Listeners<boolean>;
  /** What JetStream has not answered. */
  readonly silence: Silence;
  readonly #inbox: string;
  readonly #replies: string;
  #isConnected = true;
  #isClosed = false;
  #inboxes = 0;
  #closing: Promise<void> | undefined;

  private constructor(parts: UplinkParts, client: NatsConnection) {
    this.#parts = parts;
    this.#client = client;
    this.#requests = new PendingRequests(parts.clock);
    this.#reminders = new Reminders(parts.clock);
    this.silence = new Silence({ clock: parts.clock, tooLong: () => this.#changeServer() });
    this.#limit = new OutboundLimit(parts.settings.maxOutboundBytes, () => client.flush());
    this.#changes = new Listeners((error) => this.#report("listener_failed", "a listener", error));
    this.#inbox = `${inboxPrefixOf(parts.settings, parts.runnerId)}.${nuid.next()}`;
    this.#replies = `${this.#inbox}.r.`;
    client.subscribe(`${this.#replies}*`, {
      callback: (error, message) => {
        if (error === null) {
          this.#requests.settle(message.subject.slice(this.#replies.length), message);
        }
      },
    });
    void this.#follow(client.status()); // ends with the client; never rejects
    void client.closed().then((error) => this.#lose(error ?? undefined));
  }

  /**
   * Connects.
   *
   * @throws ClusterError `ERR_ENGINE_UNAVAILABLE`
   */
  static async open(parts: UplinkParts): Promise<Uplink> {
    return new Uplink(parts, await connectToNats(parts.settings, parts));
  }

  /** The client itself, for what sends by its own rules. */
  get client(): NatsConnection {
    return this.#client;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Version of the server that it is or was connected to. */
  get serverVersion(): string {
    return this.#client.info?.version ?? "";
  }

  get serverId(): string {
    return this.#client.info?.server_id ?? "";
  }

  /** Maximum size of a message of the server, in bytes. */
  get maxPayloadBytes(): number {
    return this.#client.info?.max_payload ?? 0;
  }

  onChange(listener: (isConnected: boolean) => void): () => void {
    return this.#changes.add(listener);
  }

  /** The time of its clock. */
  monotonicMs(): number {
    return this.#parts.clock.monotonicMs();
  }

  /** Returns a subject that only this session listens to. */
  inbox(): string {
    this.#inboxes += 1;
    return `${this.#inbox}.i${this.#inboxes}`;
  }

  /** Whether `subject` is that of an inbox, of this session or another. */
  isInbox(subject: string): boolean {
    return subject.startsWith(INBOX_START) && INBOX.test(subject);
  }

  /**
   * Sends a message and resolves with the reply. Rejects with a ClusterError: `ERR_ENGINE_UNAVAILABLE`,
   * `ERR_ENGINE_CLOSED` and `ERR_ENGINE_TOO_LARGE` if it was not sent; `ERR_ENGINE_NO_LISTENER`, `ERR_ENGINE_NO_REPLY`,
   * `ERR_ABORTED`.
   */
  request(message: Outgoing, asking: Asking): Promise<BusMessage> {
    try {
      return this.#request(message, asking);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @throws ClusterError if it is not sent */
  #request(message: Outgoing, { timeoutMs, signal, reminder }: Asking): Promise<BusMessage> {
    const { subject } = message;
    if (signal?.aborted === true) throw aborted(subject);
    this.#requests.requireSpace(subject);
    const encoded = this.#encode(message);
    if (typeof encoded !== "object") throw this.#notSent(subject, encoded);
    const { token, reply } = this.#requests.add({ subject, timeoutMs, signal });
    const replyTo = this.#replies + token;
    const error = this.#send(message, encoded, replyTo);
    if (error !== undefined) this.#requests.fail(token, error);
    else if (reminder !== undefined) {
      const reminders = this.#reminders;
      reminders.add(reminder, () => this.publish(message, replyTo));
      reply.then(
        () => reminders.answered(reminder),
        () => reminders.gaveUp(reminder),
      );
    }
    return reply;
  }

  /** Sends a message. Returns false if it was not sent. */
  publish(message: Outgoing, replyTo?: string): boolean {
    const encoded = this.#encode(message);
    if (typeof encoded !== "object") return false;
    return this.#send(message, encoded, replyTo) === undefined;
  }

  /** Listens to a subject, also after reconnects. `receive` must not throw. */
  subscribe(subject: string, receive: (message: Msg) => void): UplinkSubscription {
    if (this.#isClosed) return { stop: () => {}, drain: () => {} };
    const subscription = this.#client.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) receive(message);
        else this.#report("subscription_refused", `cannot listen to ${subject}`, error);
      },
    });
    return {
      stop: () => subscription.unsubscribe(),
      drain: () => {
        void subscription.drain().catch(() => {}); // the connection is closed: nothing comes any more
      },
    };
  }

  /** Ends the connection once what was sent has arrived, or after 2 s. Later calls return the same promise. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#flush(); // what subscriptions that were drained still get is answered
    this.#isClosed = true;
    await this.#flush();
    this.#requests.failAll((subject) => noReply(subject, "the engine was closed"));
    this.#lose();
    await this.#client.close();
  }

  async #flush(): Promise<void> {
    if (!this.#isConnected) return;
    const limit = { clock: this.#parts.clock, limitMs: FLUSH_MS, what: "the last flush" };
    await within(limit, this.#client.flush()).catch(() => {}); // lost or late: nothing more can be done
  }

  /** Returns the headers as the client takes them, or why the message cannot be sent. */
  #encode({ headers, body }: Outgoing): Encoded | ErrorCode {
    if (this.#isClosed) return ErrorCode.EngineClosed;
    if (!this.#isConnected) return ErrorCode.EngineUnavailable;
    const encoded = encodeHeaders(headers);
    const sizeBytes = body.byteLength + encoded.byteLength;
    if (sizeBytes > this.maxPayloadBytes) return ErrorCode.EngineTooLarge;
    if (!this.#limit.take(sizeBytes)) return ErrorCode.EngineUnavailable;
    return encoded.byteLength === 0 ? NO_OPTIONS : { headers: asClientHeaders(encoded) };
  }

  #send(
    { subject, body }: Outgoing,
    encoded: Encoded,
    reply: string | undefined,
  ): ClusterError | undefined {
    try {
      const { headers } = encoded;
      // The client writes to the object.
      const options =
        headers === undefined ? { reply: reply ?? "" } : { headers, reply: reply ?? "" };
      this.#client.publish(subject, body, options);
      this.#limit.sent();
      return undefined;
    } catch (cause) {
      this.#limit.sent(); // what was counted for it is given back by the next ping
      return new ClusterError(`${subject}: not sent`, { code: ErrorCode.EngineUnavailable, cause });
    }
  }

  #notSent(subject: string, code: ErrorCode): ClusterError {
    if (code === ErrorCode.EngineTooLarge) {
      const text = `${subject}: larger than ${this.maxPayloadBytes} bytes`;
      return new ClusterError(text, { code });
    }
    if (code === ErrorCode.EngineClosed) return new ClusterError("the engine is closed", { code });
    const text = this.#isConnected
      ? `${this.#limit.bytes} bytes wait to be sent`
      : "not connected to NATS";
    return new ClusterError(`${subject}: ${text}`, { code });
  }

  async #follow(statuses: AsyncIterable<Status>): Promise<void> {
    for await (const status of statuses) {
      if (status.type === "disconnect") this.#lose();
      else if (status.type === "reconnect") this.#regain();
      else if (status.type === "error") this.#takeError(status.error);
    }
  }

  #lose(error?: Error): void {
    if (error !== undefined && !this.#isClosed) {
      this.#report("connection_closed", "the client has given up the connection", error);
    }
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.silence.reset();
    this.#requests.failAll((subject) => noReply(subject, "the connection was lost"));
    this.#changes.emit(false);
  }

  /** Goes to another server, if there is one. What waits for a reply is rejected, as always when a connection is lost. */
  #changeServer(): void {
    if (this.#isClosed || this.#parts.settings.servers.length < 2) return;
    this.#report(
      "server_silent",
      "JetStream has not answered for 10 s: to another server",
      undefined,
    );
    void this.#client.reconnect().catch(() => {}); // closed meanwhile
  }

  #regain(): void {
    if (this.#isConnected || this.#isClosed) return;
    this.#isConnected = true;
    this.#changes.emit(true);
  }

  /** A message that may not be published is dropped by the server, which tells of the subject. */
  #takeError(error: Error): void {
    this.#report("server_error", "the server has reported an error", error);
    if (!(error instanceof PermissionViolationError) || error.operation !== "publish") return;
    const refusal = (subject: string): ClusterError =>
      new ClusterError(`the server does not permit this client to publish to ${subject}`, {
        code: ErrorCode.EngineUnavailable,
        cause: error,
      });
    this.#requests.failAll(refusal, error.subject);
  }

  #report(kind: string, text: string, thrown: unknown): void {
    const error = thrown === undefined ? undefined : toError(thrown);
    this.#parts.onFault({ kind, text, error });
  }
}
