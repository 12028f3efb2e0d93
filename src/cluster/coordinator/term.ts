import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";

/** The time for which a node may act as the coordinator. It ends before the lease can expire, by this node's own clock. */
export class Term {
  /** Increases from term to term, over all nodes. */
  readonly number: number;
  readonly #clock: Clock;
  readonly #selfFenceMs: number;
  readonly #ending = new AbortController();
  #renewedAtMs: number;

  /** @param sentAtMs when the write of the lease was sent, on the monotonic clock */
  constructor(clock: Clock, parts: { number: number; selfFenceMs: number; sentAtMs: number }) {
    this.number = parts.number;
    this.#clock = clock;
    this.#selfFenceMs = parts.selfFenceMs;
    this.#renewedAtMs = parts.sentAtMs;
  }

  /** Whether the node may act now. */
  get isActive(): boolean {
    return !this.#ending.signal.aborted && this.remainingMs > 0;
  }

  /** How long it may still act if the lease is not renewed. */
  get remainingMs(): number {
    return this.#renewedAtMs + this.#selfFenceMs - this.#clock.monotonicMs();
  }

  /** Aborted when the term has ended. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** A renewal that was sent at `sentAtMs` has been acknowledged. */
  renewed(sentAtMs: number): void {
    this.#renewedAtMs = Math.max(this.#renewedAtMs, sentAtMs);
  }

  end(): void {
    this.#ending.abort();
  }

  /** @throws ClusterError `ERR_ENGINE_CLOSED` if the node may not act any more; nothing was written */
  require(): void {
    if (this.isActive) return;
    throw new ClusterError("this node is the coordinator no longer", {
      code: ErrorCode.EngineClosed,
    });
  }
}
