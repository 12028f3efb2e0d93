import type { EventFeed, Published } from "../../activation/access/event-feed.ts";
import type { FeedFacts } from "./link-frames.ts";

/** Events that are kept for connections which have not been sent them, and the size of their bodies. */
const MAX_EVENTS = 4_096;
const MAX_LENGTH = 8_388_608;

/** The feed of an actor in another process, as far as it was sent here. */
export class RemoteFeed implements EventFeed {
  readonly #positions: readonly [string, string];
  readonly #evicted = new Map<string, number>();
  readonly #events = new Map<number, Published>();
  #first: number;
  #last: number;
  #length = 0;

  constructor({ first, last, positions, evicted }: FeedFacts) {
    this.#first = first;
    this.#last = last;
    this.#positions = positions;
    this.learn(evicted);
  }

  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#last;
  }

  position(number: number): string {
    const [before, one] = this.#positions;
    if (number === 0) return before;
    return `${one.slice(0, -1)}${number}`; // the text after number 1 ends with it
  }

  at(number: number): Published | undefined {
    return this.#events.get(number);
  }

  evicted(event: string): number {
    return this.#evicted.get(event) ?? 0;
  }

  /** Takes numbers of events that are no longer kept for clients that reconnect. */
  learn(evicted: Readonly<Record<string, number>>): void {
    for (const [event, number] of Object.entries(evicted)) {
      this.#evicted.set(event, Math.max(number, this.evicted(event)));
    }
  }

  /** Takes events, also older ones that a connection which comes back has missed. */
  add(events: readonly Published[], first: number): void {
    for (const event of events) {
      this.#length += lengthOf(event) - lengthOf(this.#events.get(event.number));
      this.#events.set(event.number, event);
      this.#last = Math.max(this.#last, event.number);
    }
    this.#first = Math.max(this.#first, first);
    while (this.#events.size > MAX_EVENTS || (this.#length > MAX_LENGTH && this.#events.size > 1)) {
      this.#dropOldest();
    }
  }

  #dropOldest(): void {
    const [oldest = 0] = this.#events.keys();
    const dropped = this.#events.get(oldest);
    this.#events.delete(oldest);
    this.#length -= lengthOf(dropped);
    if (oldest < this.#first || dropped === undefined) return;
    this.#first = oldest + 1;
    this.learn({ [dropped.event]: oldest });
  }
}

function lengthOf(event: Published | undefined): number {
  return event?.body?.length ?? 0;
}
