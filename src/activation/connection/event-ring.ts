import { randomName } from "../../base/ids.ts";
import type { EventFeed, Published } from "../access/event-feed.ts";
import type { ReplaySettings } from "../definition/event-settings.ts";

/** What stays in any case, because subscribers are sent from the ring: events, and bytes of their bodies. */
const FLOOR = { events: 256, bytes: 262_144 };
/** Number of empty places at the front from which they are removed. */
const SWEEP_FROM = 1_024;
const PREFIX_LENGTH = 8;
const POSITION = /^([\w-]{1,8}\.[0-9a-f]{8})\.(\d{1,15})$/;

/** A published event, without the number that the ring gives it. */
export type Unnumbered = Omit<Published, "number">;

interface Kept {
  readonly event: Published;
  readonly bytes: number;
}

/**
 * The last events of one activation. They are numbered from 1 on. What exceeds the replay settings counts as evicted;
 * some of it stays for those who are being sent it.
 */
export class EventRing implements EventFeed {
  readonly #replay: ReplaySettings;
  /** Of the creation and of the activation: no other one, of whatever creation, uses it. */
  readonly #prefix: string;
  /** The position at which an activation before this one has ended: that of its number 0. */
  readonly #former: string | undefined;
  #kept: (Kept | undefined)[] = [];
  /** Index of the oldest event in `#kept`. */
  #head = 0;
  #keptBytes = 0;
  /** Bytes of the events from `first` on. */
  #replayBytes = 0;
  #first = 1;
  #last = 0;
  readonly #evicted = new Map<string, number>();
  /** Number of the newest event that was not for all. */
  #narrowed = 0;

  /** @param former the position at which an activation before this one has ended, if it is known */
  constructor(replay: ReplaySettings, incarnation: string, former: string | undefined) {
    this.#replay = replay;
    this.#former = former;
    const tag = randomName().slice(0, PREFIX_LENGTH);
    this.#prefix = `${incarnation.slice(0, PREFIX_LENGTH)}.${tag}`;
  }

  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#last;
  }

  /** Number of the newest event that was not for all; 0 if there was none. */
  get narrowed(): number {
    return this.#narrowed;
  }

  position(number: number): string {
    if (number === 0 && this.#former !== undefined) return this.#former;
    return `${this.#prefix}.${number}`;
  }

  /** Returns the number of a position; `undefined` for one that is not of this activation. */
  numberOf(position: string): number | undefined {
    if (position === this.#former) return 0;
    const [, prefix, digits] = POSITION.exec(position) ?? [];
    return prefix === this.#prefix ? Number(digits) : undefined;
  }

  /** Returns whether a position is of this creation of the actor, as far as can be determined. */
  isOfCreation(position: string): boolean {
    const [creation] = this.#prefix.split(".");
    return position.startsWith(`${creation}.`);
  }

  at(number: number): Published | undefined {
    const oldest = this.#last - (this.#kept.length - this.#head) + 1;
    return number < oldest ? undefined : this.#kept[this.#head + number - oldest]?.event;
  }

  evicted(event: string): number {
    return this.#evicted.get(event) ?? 0;
  }

  /**
   * Adds an event.
   *
   * @param isKept whether anyone can ever ask for it: a subscriber, or a client that was connected before
   */
  add(unnumbered: Unnumbered, isKept: boolean): Published {
    this.#last += 1;
    const event: Published = { number: this.#last, ...unnumbered };
    if (event.only !== undefined) this.#narrowed = event.number;
    if (!isKept) {
      this.#first = this.#last + 1;
      this.#evicted.set(event.event, event.number);
      return event;
    }
    const bytes = event.body === undefined ? 0 : Buffer.byteLength(event.body);
    this.#kept.push({ event, bytes });
    this.#keptBytes += bytes;
    this.#replayBytes += bytes;
    this.#evict();
    this.#remove();
    return event;
  }

  /** Moves `first` until what is kept for clients that reconnect is within the settings. */
  #evict(): void {
    const { events, bytes } = this.#replay;
    while (this.#first <= this.#last) {
      if (this.#last - this.#first < events && this.#replayBytes <= bytes) return;
      const { event, bytes: size } = this.#keptAt(this.#first);
      this.#evicted.set(event.event, event.number);
      this.#replayBytes -= size;
      this.#first += 1;
    }
  }

  /** Removes evicted events beyond what stays in any case. */
  #remove(): void {
    for (;;) {
      const count = this.#kept.length - this.#head;
      const oldest = this.#last - count + 1;
      if (count <= 1 || oldest >= this.#first) break;
      if (count <= FLOOR.events && this.#keptBytes <= FLOOR.bytes) break;
      this.#keptBytes -= this.#keptAt(oldest).bytes;
      this.#kept[this.#head] = undefined;
      this.#head += 1;
    }
    if (this.#head < SWEEP_FROM || this.#head * 2 < this.#kept.length) return;
    this.#kept = this.#kept.slice(this.#head);
    this.#head = 0;
  }

  #keptAt(number: number): Kept {
    return this.#kept[this.#kept.length - 1 - (this.#last - number)] as Kept; // is kept, being between oldest and last
  }
}
