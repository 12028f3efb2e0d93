import { toError } from "../../base/errors.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import type {
  ConsumeOptions,
  Consumption,
  Log,
  LogMessage,
  LogReadOptions,
  StoredMessage,
} from "../engine/log.ts";
import { requirePrefix, requireTokens } from "../engine/tokens.ts";
import { wait } from "../engine/wait.ts";
import {
  type JetStreamApi,
  parseTimeMs,
  type RawMessage,
  type Storable,
  type StoredAt,
} from "../nats-client/jetstream-api.ts";
import { decodeHeaders, requireForeignHeaders } from "../nats-client/message-headers.ts";
import {
  ApiCode,
  isApiError,
  isNoMessage,
  readError,
  writeError,
} from "../nats-client/nats-errors.ts";
import { noReply } from "../nats-client/pending-requests.ts";
import type { ConsumptionParts } from "./consumption-parts.ts";
import { NatsConsumption } from "./nats-consumption.ts";

/** What a log needs. */
export interface LogParts extends Omit<ConsumptionParts, "stream" | "subjectPrefix"> {
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
}

/** About three seconds in all. */
const DUPLICATE_ATTEMPTS = 8;
const DUPLICATE_BACKOFF = { initialMs: 20, factor: 2, maxMs: 1_000, jitter: 0.5 };

interface PurgeAnswer {
  readonly purged?: number;
}

interface StateAnswer {
  readonly state: { readonly messages: number; readonly first_ts: string };
}

/** A log: a stream with the retention `workqueue`, which deletes a message when it is acknowledged. */
export class NatsLog implements Log {
  readonly #parts: LogParts;
  readonly #api: JetStreamApi;
  readonly #stream: string;
  readonly #prefix: string;
  readonly #consumptions = new Set<NatsConsumption>();

  /** @param subject of its messages, without their own tokens */
  constructor(stream: string, subject: string, parts: LogParts) {
    this.#parts = parts;
    this.#api = parts.api;
    this.#stream = stream;
    this.#prefix = `${subject}.`;
  }

  async append({ id, subject, headers, body }: LogMessage): Promise<{
    readonly sequence: number;
    readonly isDuplicate: boolean;
  }> {
    requireTokens("subject", subject);
    requireForeignHeaders(headers);
    const message = { stream: this.#stream, subject: this.#prefix + subject, headers, body, id };
    try {
      return await this.#store(message);
    } catch (error) {
      throw writeError(`message ${id}`, error);
    }
  }

  /** Stores a message. If the same one is just being stored for another request, that one is waited for. */
  async #store(message: Storable): Promise<StoredAt> {
    const { clock, luck } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#api.store(message);
      } catch (error) {
        if (!isApiError(error, ApiCode.DuplicateUnderWay)) throw error;
        if (attempt === DUPLICATE_ATTEMPTS) {
          throw noReply(message.subject, toError(error).message);
        }
      }
      await wait(clock, backoffDelayMs(DUPLICATE_BACKOFF, attempt, luck()));
    }
  }

  async consume(options: ConsumeOptions): Promise<Consumption> {
    requireTokens("name of a consumer", options.name);
    requirePrefix("filter", options.filter);
    const consumption = new NatsConsumption(options, {
      ...this.#parts,
      stream: this.#stream,
      subjectPrefix: this.#prefix,
    });
    await consumption.begin();
    this.#consumptions.add(consumption);
    void consumption.ended.then(() => this.#consumptions.delete(consumption));
    return consumption;
  }

  async read(options: LogReadOptions): Promise<readonly StoredMessage[]> {
    const { filter, subject: only, after = 0, limit } = options;
    const subject = only === undefined ? this.#filter(filter) : this.#subject(only);
    const messages: StoredMessage[] = [];
    for (let from = after + 1; messages.length < limit; ) {
      const message = await this.#readNext(from, subject);
      if (message === undefined) break;
      messages.push(this.#toStored(message));
      from = message.sequence + 1;
    }
    return messages;
  }

  async delete(sequence: number): Promise<void> {
    try {
      const request = { seq: sequence, no_erase: true };
      await this.#api.call(`STREAM.MSG.DELETE.${this.#stream}`, request);
    } catch (error) {
      if (!isNoMessage(error)) throw writeError(`message ${sequence}`, error);
    }
  }

  async purge(filter: string): Promise<number> {
    const subject = this.#filter(filter);
    try {
      const request = { filter: subject };
      const answer = await this.#api.call<PurgeAnswer>(`STREAM.PURGE.${this.#stream}`, request);
      return answer.purged ?? 0;
    } catch (error) {
      throw writeError(`purge of ${subject}`, error);
    }
  }

  async state(): Promise<{ readonly messages: number; readonly oldestAtMs: number | undefined }> {
    try {
      const { state } = await this.#api.call<StateAnswer>(`STREAM.INFO.${this.#stream}`, {});
      const { messages, first_ts: first } = state;
      return { messages, oldestAtMs: messages === 0 ? undefined : parseTimeMs(first) };
    } catch (error) {
      throw readError(`state of ${this.#stream}`, error);
    }
  }

  /** Ends the deliveries of all consumers, which are kept. */
  async close(): Promise<void> {
    await Promise.all([...this.#consumptions].map((consumption) => consumption.stop()));
  }

  async #readNext(from: number, subject: string): Promise<RawMessage | undefined> {
    try {
      return await this.#api.read(this.#stream, { seq: from, next_by_subj: subject });
    } catch (error) {
      if (isNoMessage(error)) return undefined;
      throw readError(`messages of ${this.#stream}`, error);
    }
  }

  #filter(tokens: string): string {
    requirePrefix("filter", tokens);
    return `${this.#prefix}${tokens === "" ? "" : `${tokens}.`}>`;
  }

  #subject(tokens: string): string {
    requireTokens("subject", tokens);
    return `${this.#prefix}${tokens}`;
  }

  #toStored({ subject, sequence, headers, body, storedAtMs }: RawMessage): StoredMessage {
    return {
      subject: subject.slice(this.#prefix.length),
      headers: decodeHeaders(headers),
      body,
      sequence,
      storedAtMs,
    };
  }
}
