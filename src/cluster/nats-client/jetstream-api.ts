import { type BusMessage, NO_HEADERS } from "../engine/bus.ts";
import type { MessageHeaders } from "../engine/log.ts";
import { ApiError, isConflict } from "./nats-errors.ts";
import { noReply } from "./pending-requests.ts";
import type { Reminder } from "./reminders.ts";
import { Silence } from "./silence.ts";
import type { Asking, Outgoing, Uplink } from "./uplink.ts";

/** A message to be stored. */
export interface Storable {
  readonly stream: string;
  readonly subject: string;
  readonly headers: MessageHeaders;
  readonly body: Uint8Array;
  /** Two messages of a stream with the same id within its window are one. */
  readonly id?: string | undefined;
  /** Sequence that the last message of the subject must have; 0: there must be none. Default: any. */
  readonly expectedSequence?: number | undefined;
}

/** Where a message was stored. */
export interface StoredAt {
  readonly sequence: number;
  readonly isDuplicate: boolean;
}

/** A message as a leader has it. */
export interface RawMessage {
  readonly subject: string;
  readonly sequence: number;
  /** Encoded, with those of the server. */
  readonly headers: string;
  readonly body: Uint8Array;
  readonly storedAtMs: number;
}

/** Which message to read: the last of a subject, or the first from a sequence on whose subject fits. */
export type MessageQuery =
  | { readonly last_by_subj: string }
  | { readonly seq: number; readonly next_by_subj: string };

interface Answer {
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

interface PublishAnswer {
  readonly seq?: number;
  readonly duplicate?: boolean;
}

interface MessageAnswer {
  readonly message: {
    readonly subject: string;
    readonly seq: number;
    readonly hdrs?: string;
    readonly data?: string;
    readonly time: string;
  };
}

/** Answered by the leader of a stream or consumer. */
const READS = /^(?:STREAM\.(?:MSG\.GET|INFO)|CONSUMER\.INFO)\./;
/** `$JS.ACK.<stream>.<consumer>` */
const CONSUMER_TOKENS = 4;

/**
 * Requests to JetStream, each with a deadline (C2). Nothing is kept between them. They are sent directly and not by the
 * client's own package for JetStream: that one reads from replicas that may be behind, keeps waiting over a lost
 * connection, and does not tell a request that was not sent from one that was not answered.
 */
export class JetStreamApi {
  readonly #uplink: Uplink;
  readonly #timeoutMs: number;

  /** @param timeoutMs how long each request waits unless it is told otherwise */
  constructor(uplink: Uplink, timeoutMs: number) {
    this.#uplink = uplink;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Sends a request and returns the answer.
   *
   * @param operation such as `STREAM.INFO.<stream>`
   * @throws ApiError when the server refuses it; ClusterError when there is no answer: see `Uplink.request`
   */
  async call<Result>(
    operation: string,
    body: object,
    timeoutMs: number = this.#timeoutMs,
  ): Promise<Result> {
    const { silence } = this.#uplink;
    const sentMs = this.#uplink.monotonicMs();
    try {
      const subject = `$JS.API.${operation}`;
      const reply = await this.#uplink.request(
        { subject, headers: NO_HEADERS, body: Buffer.from(JSON.stringify(body)) },
        { timeoutMs, reminder: reminderOf(operation) },
      );
      const result = answerOf<Result>(subject, reply);
      silence.readAnswered();
      return result;
    } catch (error) {
      if (Silence.isUnanswered(error)) silence.readUnanswered(sentMs);
      else if (error instanceof ApiError) silence.readAnswered();
      throw error;
    }
  }

  /**
   * Stores a message.
   *
   * @throws as {@link call}; an ApiError promises that it was not stored. Whether a message has met itself, as it was sent
   * again, is not known: then there is no answer
   */
  async store(message: Storable, timeoutMs: number = this.#timeoutMs): Promise<StoredAt> {
    const { stream, subject, headers, body, id, expectedSequence } = message;
    const sent: Record<string, string> = { ...headers, "Nats-Expected-Stream": stream };
    if (id !== undefined) sent["Nats-Msg-Id"] = id;
    if (expectedSequence !== undefined) {
      sent["Nats-Expected-Last-Subject-Sequence"] = String(expectedSequence);
    }
    const mayRepeat = id !== undefined || expectedSequence !== undefined;
    const reminder = mayRepeat ? { leader: stream, times: 0 } : undefined;
    const asking = { timeoutMs, reminder };
    const { seq = 0, duplicate = false } = await this.#write(
      { subject, headers: sent, body },
      asking,
    );
    if (seq > 0) return { sequence: seq, isDuplicate: duplicate };
    // Old clusters answer so for duplicates of messages that were never stored.
    throw noReply(subject, "the answer has no sequence");
  }

  async #write(message: Outgoing, asking: Asking): Promise<PublishAnswer> {
    const { silence } = this.#uplink;
    const sentMs = this.#uplink.monotonicMs();
    try {
      const reply = await this.#uplink.request(message, asking);
      const answer = answerOf<PublishAnswer>(message.subject, reply);
      silence.writeAnswered();
      return answer;
    } catch (error) {
      if (Silence.isUnanswered(error)) silence.writeUnanswered(sentMs);
      else if (error instanceof ApiError) silence.writeAnswered();
      const { times = 0 } = asking.reminder ?? {};
      if (times === 0 || !isConflict(error)) throw error;
      throw noReply(message.subject, `${error.message}, after it was sent ${times + 1} times`);
    }
  }

  /**
   * Reads one message from the leader of its stream.
   *
   * @throws as {@link call}; see `isNoMessage`
   */
  async read(stream: string, query: MessageQuery, timeoutMs?: number): Promise<RawMessage> {
    const operation = `STREAM.MSG.GET.${stream}`;
    const { message } = await this.call<MessageAnswer>(operation, query, timeoutMs);
    const { subject, seq, hdrs = "", data = "", time } = message;
    return {
      subject,
      sequence: seq,
      headers: Buffer.from(hdrs, "base64").toString(),
      body: Buffer.from(data, "base64"),
      storedAtMs: parseTimeMs(time),
    };
  }

  /** Sends an answer to a delivery and waits until the server has taken it. */
  async answer(subject: string, body: Uint8Array): Promise<void> {
    const leader = subject.split(".", CONSUMER_TOKENS).join(".");
    await this.#uplink.request(
      { subject, headers: NO_HEADERS, body },
      { timeoutMs: this.#timeoutMs, reminder: { leader, times: 0 } },
    );
  }
}

/** Requests that change nothing may be sent again. */
function reminderOf(operation: string): Reminder | undefined {
  return READS.test(operation) ? { leader: operation, times: 0 } : undefined;
}

function answerOf<Result>(subject: string, { body }: BusMessage): Result {
  const answer = parseJson(body);
  if (answer === undefined) throw noReply(subject, "the answer is no JSON object");
  const { error } = answer as Answer;
  if (error === undefined) return answer as Result;
  throw new ApiError(error.err_code ?? 0, error.description ?? "refused without a reason");
}

function parseJson(data: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(
      Buffer.from(data.buffer, data.byteOffset, data.length).toString(),
    );
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const SECONDS_LENGTH = "2026-11-26T23:49:34".length;

/** Returns a time of RFC 3339 in UTC with up to nine digits of a second, in whole milliseconds since the epoch. */
export function parseTimeMs(time: string): number {
  const fraction = /^\.(\d{1,3})/.exec(time.slice(SECONDS_LENGTH))?.[1] ?? "";
  return Date.parse(`${time.slice(0, SECONDS_LENGTH)}Z`) + Number(fraction.padEnd(3, "0"));
}
