import type { Clock } from "../../base/clock.ts";
import type { EventPoints, TypeEventPoints } from "../trace/event-points.ts";
import { ActorEvents } from "./actor-events.ts";
import { FanOut } from "./fan-out.ts";

/** The outlets of all actors that a gateway has connections to. */
export class GatewayEvents {
  readonly #clock: Clock;
  readonly #points: EventPoints;
  readonly #fanOut = new FanOut();
  readonly #actors = new Map<string, ActorEvents>();
  /** Types whose actors have sent events to one connection alone. */
  readonly #directing = new Set<string>();
  #lastA = 0;

  constructor(clock: Clock, points: EventPoints) {
    this.#clock = clock;
    this.#points = points;
  }

  /** Returns the outlet of an actor. It is forgotten by {@link forgetUnused} while nothing uses it. */
  of(type: string, key: readonly string[]): ActorEvents {
    const id = `${type} ${JSON.stringify(key)}`;
    const known = this.#actors.get(id);
    if (known !== undefined) return known;
    const points = this.pointsOf(type);
    const events = new ActorEvents({
      a: this.nextA(),
      fanOut: this.#fanOut,
      clock: this.#clock,
      fannedOut: (durationMs) => points.fannedOut(durationMs),
      onDirected: () => this.#directing.add(type),
    });
    this.#actors.set(id, events);
    return events;
  }

  /** Returns a number for the events of one actor. */
  nextA(): number {
    this.#lastA += 1;
    return this.#lastA;
  }

  pointsOf(type: string): TypeEventPoints {
    return this.#points.of(type);
  }

  /** Whether an actor of this type has sent an event to one connection alone since the gateway was opened. */
  hasDirected(type: string): boolean {
    return this.#directing.has(type);
  }

  /** Whether there are outlets that may have to be forgotten later. */
  get isRemembering(): boolean {
    return this.#actors.size > 0;
  }

  /** Forgets outlets without connections. */
  forgetUnused(): void {
    for (const [id, events] of this.#actors) {
      events.lost.forget();
      if (events.isUnused) this.#actors.delete(id);
    }
  }
}
