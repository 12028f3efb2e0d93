import type { Clock } from "../../base/clock.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { Consumption, Delivery } from "../engine/log.ts";
import { wait } from "../engine/wait.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";

/** Messages of one partition that may be delivered and not answered. */
const MAX_IN_FLIGHT = 256;
const ACK_WAIT_MS = 30_000;
const TRY_AGAIN_MS = 500;

/** What an {@link EventPartition} works with. */
export interface EventPartitionParts {
  readonly session: Pick<EngineSession, "events">;
  readonly clock: Clock;
  readonly observer: CoordinatorObserver;
  readonly deliver: (delivery: Delivery) => void;
}

/**
 * Consumes one partition of the events of all actors. Each is opened by itself: where copies of the log elect a leader,
 * one of them may take seconds, and the others must not wait for it.
 */
export class EventPartition {
  readonly #partition: number;
  readonly #parts: EventPartitionParts;
  readonly #ending = new AbortController();
  #consumption: Consumption | undefined;

  constructor(partition: number, parts: EventPartitionParts) {
    this.#partition = partition;
    this.#parts = parts;
  }

  /** Begins to consume. What fails is tried again until it is stopped. Never rejects. */
  async open(): Promise<void> {
    const { clock, observer } = this.#parts;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        this.#consumption = await this.#consume();
        break;
      } catch (error) {
        observer.failed("events could not be consumed", error);
      }
      await wait(clock, TRY_AGAIN_MS, signal);
    }
    if (signal.aborted) await this.#end();
  }

  /** Takes nothing more. Never rejects. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#end();
  }

  async #consume(): Promise<Consumption> {
    const { session, deliver } = this.#parts;
    return await session.events.consume({
      name: `coord_${this.#partition}`,
      filter: String(this.#partition),
      maxInFlight: MAX_IN_FLIGHT,
      ackWaitMs: ACK_WAIT_MS,
      replays: true,
      deliver,
    });
  }

  async #end(): Promise<void> {
    const consumption = this.#consumption;
    this.#consumption = undefined;
    try {
      await consumption?.stop();
    } catch (error) {
      this.#parts.observer.failed("consumer of events could not be stopped", error);
    }
  }
}
