import { headers, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { STREAM_GONE } from "../nats-client/nats-errors.ts";
import { ApiFailure, FailureKind } from "./api-failure.ts";
import type { Link } from "./link.ts";

/** What a {@link JetStreamApi} sends with. */
export interface ApiParts {
  readonly connection: NatsConnection;
  readonly link: Link;
  readonly requestTimeoutMs: number;
}

/** Condition and identity of a publish. */
export interface PublishOptions {
  /** Sequence that the last message of the subject must have; 0: there is none. Default: any. */
  readonly expected?: number;
  /** Two messages with the same id are one. */
  readonly messageId?: string;
  /** How long the answer is waited for. */
  readonly timeoutMs: number;
}

/** A stored message, as its leader has it. */
export interface ReadMessage {
  readonly sequence: number;
  readonly data: Uint8Array;
}

/** Of the client: nothing takes the message. */
const NO_STREAM = "NoResponders";
/** Errors of the client before anything is sent. */
const NOT_SENT: ReadonlySet<string> = new Set([
  "ClosedConnectionError",
  "DrainingConnectionError",
  "InvalidArgumentError",
  "InvalidSubjectError",
  NO_STREAM,
  "PermissionViolationError",
]);

/**
 * Requests to JetStream, each with a deadline. Not by the client's own API: that one reads from replicas, and does not
 * tell a request that was not sent from one that was not answered.
 */
export class JetStreamApi {
  readonly #parts: ApiParts;
  /** Reject the requests that are under way. */
  readonly #pending = new Set<(failure: ApiFailure) => void>();

  constructor(parts: ApiParts) {
    this.#parts = parts;
    parts.link.onLost(() => this.#lose());
  }

  /**
   * Sends a request and returns the answer.
   *
   * @param name such as `STREAM.INFO.<stream>`
   * @throws {@link ApiFailure}
   */
  async call<Answer>(name: string, body: object, timeoutMs?: number): Promise<Answer> {
    const limitMs = timeoutMs ?? this.#parts.requestTimeoutMs;
    const message = await this.#request(`$JS.API.${name}`, JSON.stringify(body), limitMs);
    return answerOf<Answer>(message);
  }

  /**
   * Stores a message and returns its sequence.
   *
   * @throws {@link ApiFailure}
   */
  async publish(subject: string, data: Uint8Array, options: PublishOptions): Promise<number> {
    const sent = headers();
    if (options.expected !== undefined) {
      sent.set("Nats-Expected-Last-Subject-Sequence", String(options.expected));
    }
    if (options.messageId !== undefined) sent.set("Nats-Msg-Id", options.messageId);
    const { timeoutMs } = options;
    const message = await this.#request(subject, data, timeoutMs, sent);
    const { seq } = answerOf<{ readonly seq?: number }>(message);
    if (typeof seq === "number" && seq > 0) return seq;
    throw new ApiFailure(FailureKind.Unanswered, `the answer to a publish has no sequence`);
  }

  /**
   * Returns the last message of a subject, read from the leader of the stream.
   *
   * @throws {@link ApiFailure}, with `ApiCode.NoMessage` if there is none
   */
  async last(stream: string, subject: string, timeoutMs: number): Promise<ReadMessage> {
    const answer = await this.call<{ message: { seq: number; data?: string } }>(
      `STREAM.MSG.GET.${stream}`,
      { last_by_subj: subject },
      timeoutMs,
    );
    const { seq, data = "" } = answer.message;
    return { sequence: seq, data: Buffer.from(data, "base64") };
  }

  #request(
    subject: string,
    data: Uint8Array | string,
    timeoutMs: number,
    sent?: MsgHdrs,
  ): Promise<Msg> {
    const { connection, link } = this.#parts;
    if (!link.isUp) {
      return Promise.reject(new ApiFailure(FailureKind.NotSent, "not connected"));
    }
    const timeout = Math.max(1, Math.ceil(timeoutMs));
    const options = sent === undefined ? { timeout } : { timeout, headers: sent };
    return new Promise((resolve, reject) => {
      // After a lost connection the request still ends, by its own time-out.
      this.#pending.add(reject);
      connection.request(subject, data, options).then(
        (message) => {
          this.#pending.delete(reject);
          resolve(message);
        },
        (thrown) => {
          this.#pending.delete(reject);
          reject(toFailure(thrown));
        },
      );
    });
  }

  #lose(): void {
    const failure = new ApiFailure(FailureKind.Unanswered, "the connection was lost");
    for (const reject of this.#pending) reject(failure);
    this.#pending.clear();
  }
}

function answerOf<Answer>(message: Msg): Answer {
  let answer: { error?: { err_code?: number; code?: number; description?: string } };
  try {
    answer = JSON.parse(message.string());
  } catch (cause) {
    throw new ApiFailure(FailureKind.Unanswered, "the answer is not JSON", { cause });
  }
  const { error } = answer;
  if (error === undefined) return answer as Answer;
  throw new ApiFailure(FailureKind.Refused, error.description ?? "refused", {
    code: error.err_code ?? error.code ?? 0,
  });
}

function toFailure(thrown: unknown): ApiFailure {
  if (thrown instanceof ApiFailure) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const cause = error.cause instanceof Error ? error.cause : error;
  const isNotSent = NOT_SENT.has(error.name) || NOT_SENT.has(cause.name);
  const kind = isNotSent ? FailureKind.NotSent : FailureKind.Unanswered;
  const text =
    cause.name === NO_STREAM ? `${STREAM_GONE}, or JetStream is not ready` : cause.message;
  return new ApiFailure(kind, text, { cause: thrown });
}
