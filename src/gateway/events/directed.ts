import type { Published } from "../../activation/access/event-feed.ts";
import { directedText } from "./event-text.ts";

const MAX_EVENTS = 16;
const MAX_LENGTH = 65_536;

interface Kept {
  readonly d: number;
  readonly event: Published;
}

/** The last events to one connection alone, numbered across the reconnects of its client. */
export class DirectedEvents {
  readonly #kept: Kept[] = [];
  #length = 0;
  /** Number of the last event. */
  #last: number;

  /** @param last number of the last event that the client has received */
  constructor(last = 0) {
    this.#last = last;
  }

  /** Takes an event, and returns its message. */
  add(c: number, event: Published): string {
    this.#last += 1;
    this.#kept.push({ d: this.#last, event });
    this.#length += lengthOf(event);
    while (this.#kept.length > MAX_EVENTS || this.#length > MAX_LENGTH) {
      const gone = this.#kept.shift();
      if (gone === undefined) break;
      this.#length -= lengthOf(gone.event);
    }
    return directedText(c, this.#last, event);
  }

  /**
   * Returns the messages after number `d`, for a client that comes back as connection `c`.
   *
   * @returns `undefined` if some of them are no longer kept, or were never sent
   */
  after(d: number, c: number): readonly string[] | undefined {
    if (d > this.#last) return undefined;
    const kept = this.#kept.filter((one) => one.d > d);
    if (kept.length < this.#last - d) return undefined;
    return kept.map((one) => directedText(c, one.d, one.event));
  }
}

function lengthOf({ body = "" }: Published): number {
  return body.length;
}
