import { ErrorCode, UsageError } from "../../base/errors.ts";
import { requireKnownKeys, requireNumber } from "../../base/options.ts";
import type { QueueMessage, RetryOptions } from "../definition/queue-types.ts";
import type { QueueRecord } from "../records/queue-record.ts";

const YEAR_MS = 31_536_000_000;

/** What becomes of a message that was handed out. */
export interface MessageEnds {
  complete(reply: unknown): void;
  retry(delayMs: number, error: unknown): void;
}

/** Returns the error for a message that was completed or put back before. */
export function endedError(id: string, verb: string): UsageError {
  return new UsageError(`queue message ${id} cannot be ${verb}: it is completed or put back`, {
    code: ErrorCode.NoReply,
  });
}

/** A message as the actor's code gets it. */
export class HandedOut implements QueueMessage<unknown, unknown> {
  readonly id: string;
  readonly body: unknown;
  readonly sentAtMs: number;
  readonly attempt: number;
  readonly #ends: MessageEnds;
  #ended = false;

  constructor(record: QueueRecord, ends: MessageEnds) {
    this.id = record.id;
    this.body = structuredClone(record.body); // what is put back must not contain changes of the code
    this.sentAtMs = record.sentAtMs;
    this.attempt = record.attempt;
    this.#ends = ends;
  }

  complete(reply?: unknown): void {
    this.#requireOpen("completed");
    this.#ends.complete(reply);
    this.#ended = true;
  }

  retry(options: RetryOptions = {}): void {
    requireKnownKeys("`retry` of a queue message", options, ["delayMs", "error"]);
    const { delayMs = 0, error } = options;
    requireNumber("delayMs", delayMs, { min: 0, max: YEAR_MS });
    this.#requireOpen("put back");
    this.#ends.retry(delayMs, error);
    this.#ended = true;
  }

  #requireOpen(verb: string): void {
    if (!this.#ended) return;
    throw endedError(this.id, verb);
  }
}
