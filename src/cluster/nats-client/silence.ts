import type { Clock } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { ApiCode, ApiError } from "./nats-errors.ts";

/** What a {@link Silence} needs. */
export interface SilenceParts {
  readonly clock: Clock;
  /** Called when JetStream has said nothing for too long. */
  readonly tooLong: () => void;
}

/** Longer than servers take to elect leaders: 4 to 9 s. */
const LIMIT_MS = 10_000;

/**
 * Notices that JetStream does not answer, although the server does: it may be separated from the other servers, without a
 * majority, and nothing tells its clients. A write that was answered ends a silence; a read does not if writes are not
 * answered, since a leader that was separated goes on to answer reads for a while.
 */
export class Silence {
  readonly #parts: SilenceParts;
  /** When the first request was sent that was not answered. */
  #sinceMs: number | undefined;
  #isOfWrites = false;

  constructor(parts: SilenceParts) {
    this.#parts = parts;
  }

  /** Whether an error did not come from JetStream: it has not answered, or is not there. */
  static isUnanswered(error: unknown): boolean {
    if (error instanceof ApiError) return error.code === ApiCode.TemporarilyUnavailable;
    if (!LimelightError.is(error)) return false;
    return error.code === ErrorCode.EngineNoReply || error.code === ErrorCode.EngineNoListener;
  }

  /** A write was answered. */
  writeAnswered(): void {
    this.reset();
  }

  readAnswered(): void {
    if (!this.#isOfWrites) this.reset();
  }

  writeUnanswered(sentMs: number): void {
    this.#isOfWrites = true;
    this.#unanswered(sentMs);
  }

  readUnanswered(sentMs: number): void {
    this.#unanswered(sentMs);
  }

  /** There is another connection: begins anew. */
  reset(): void {
    this.#sinceMs = undefined;
    this.#isOfWrites = false;
  }

  #unanswered(sentMs: number): void {
    this.#sinceMs = Math.min(this.#sinceMs ?? sentMs, sentMs);
    if (this.#parts.clock.monotonicMs() - this.#sinceMs < LIMIT_MS) return;
    this.reset();
    this.#parts.tooLong();
  }
}
