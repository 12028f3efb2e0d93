import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import type { UplinkSubscription } from "../nats-client/uplink.ts";

/** One consumer of a watch, from its creation until the watch begins anew. */
export class WatchRound {
  /** Of the consumer. */
  readonly name: string;
  /** Messages that have come, which are numbered without gaps. */
  received = 0;
  /** When the server last sent anything. */
  lastSignMs: number;
  subscription: UplinkSubscription | undefined;
  readonly #current = new Deferred<void>();
  #isCurrent = false;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.lastSignMs = clock.monotonicMs();
    this.#current.promise.catch(() => {}); // a round may end before anything waits for it
  }

  /** Whether everything that was there has come. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** Resolves once it {@link isCurrent}; rejects if it ends before. */
  get current(): Promise<void> {
    return this.#current.promise;
  }

  becomeCurrent(): void {
    this.#isCurrent = true;
    this.#current.resolve();
  }

  end(): void {
    this.#current.reject(
      new ClusterError("the watch was ended or began anew", { code: ErrorCode.EngineUnavailable }),
    );
  }
}
