import type { ConsumeOptions } from "../engine/log.ts";
import { toNanos } from "../nats-client/nanos.ts";
import { ApiCode, isApiError, writeError } from "../nats-client/nats-errors.ts";
import type { ConsumptionParts } from "./consumption-parts.ts";

const UNLIMITED = -1;

/** How far a consumer is, by the server. */
export interface ConsumerState {
  /** Messages that were not delivered yet. */
  readonly pending: number;
  /** Messages that were delivered and not answered, those that wait for a retry included. */
  readonly inFlight: number;
  /** Requests for messages that wait at the server, of whatever process. */
  readonly waiting: number;
}

interface ConsumerAnswer {
  readonly num_pending: number;
  readonly num_ack_pending: number;
  readonly num_waiting: number;
}

/** The consumer of a log at the server, by the name that it keeps over restarts. */
export class LogConsumer {
  readonly #options: ConsumeOptions;
  readonly #parts: ConsumptionParts;

  constructor(options: ConsumeOptions, parts: ConsumptionParts) {
    this.#options = options;
    this.#parts = parts;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Creates it, or takes the one that is there. Returns how far it is. */
  async create(): Promise<ConsumerState> {
    const { api, stream, subjectPrefix } = this.#parts;
    const { name, filter, maxInFlight, ackWaitMs, keepForMs } = this.#options;
    const subject = `${subjectPrefix}${filter === "" ? "" : `${filter}.`}>`;
    try {
      const answer = await api.call<ConsumerAnswer>(
        `CONSUMER.CREATE.${stream}.${name}.${subject}`,
        {
          stream_name: stream,
          config: {
            name,
            durable_name: name,
            deliver_policy: "all",
            ack_policy: "explicit",
            filter_subject: subject,
            ack_wait: toNanos(ackWaitMs),
            max_ack_pending: maxInFlight,
            max_deliver: UNLIMITED,
            ...(keepForMs === undefined ? {} : { inactive_threshold: toNanos(keepForMs) }),
          },
        },
      );
      return stateOf(answer);
    } catch (error) {
      throw writeError(`consumer ${name}`, error);
    }
  }

  /** Returns how far it is; `undefined` if it is not there. */
  async state(): Promise<ConsumerState | undefined> {
    const { api, stream } = this.#parts;
    try {
      const answer = await api.call<ConsumerAnswer>(`CONSUMER.INFO.${stream}.${this.name}`, {});
      return stateOf(answer);
    } catch (error) {
      if (isApiError(error, ApiCode.ConsumerNotFound)) return undefined;
      throw error;
    }
  }

  /** Deletes it. Messages that were not answered stay in the stream. */
  async delete(): Promise<void> {
    const { api, stream } = this.#parts;
    try {
      await api.call(`CONSUMER.DELETE.${stream}.${this.name}`, {});
    } catch (error) {
      if (isApiError(error, ApiCode.ConsumerNotFound)) return;
      throw writeError(`consumer ${this.name}`, error);
    }
  }
}

function stateOf(answer: ConsumerAnswer): ConsumerState {
  return {
    pending: answer.num_pending,
    inFlight: answer.num_ack_pending,
    waiting: answer.num_waiting,
  };
}
