/** An array of consecutive messages; the slot after the last one links to the next segment. */
export type Segment = unknown[];

/** Slots of the smallest segment. */
export const SMALLEST = 32;
/**
 * Slots of the largest. V8 allocates arrays of 16,384 slots and more on their own pages, which garbage
 * collections do not copy. Smaller arrays are copied twice before they reach the old generation.
 */
export const LARGEST = 32_768;
/** Empty slots that are kept at most: 16 MiB. Unused ones are released soon. */
const MAX_SLOTS = 2_097_152;
/** Number of released queues after which segments unused since the last trim are released. */
const TRIM_EVERY = 4_096;

export function slotsOf(segment: Segment): number {
  return segment.length - 1;
}

export function nextOf(segment: Segment): Segment {
  return segment[segment.length - 1] as Segment;
}

/** Unused segments. A mailbox has segments only while it has messages. */
export class SegmentPool {
  readonly #bySlots = new Map<number, Segment[]>();
  #slots = 0;
  /** Lowest number of slots since the last trim. */
  #spare = 0;
  #untilTrim = TRIM_EVERY;

  /** Number of empty slots in all segments. */
  get slots(): number {
    return this.#slots;
  }

  take(slots: number): Segment {
    const segment = this.#bySlots.get(slots)?.pop();
    if (segment === undefined) return new Array<unknown>(slots + 1);
    this.#slots -= slots;
    this.#spare = Math.min(this.#spare, this.#slots);
    return segment;
  }

  /** @param segment must not reference any part of a message any more */
  giveBack(segment: Segment): void {
    const slots = slotsOf(segment);
    if (this.#slots + slots > MAX_SLOTS) return;
    const unused = this.#bySlots.get(slots);
    if (unused === undefined) this.#bySlots.set(slots, [segment]);
    else unused.push(segment);
    this.#slots += slots;
  }

  /** Releases, once in many calls, segments that no mailbox has needed since the last trim. */
  trimInTime(): void {
    this.#untilTrim -= 1;
    if (this.#untilTrim > 0) return;
    this.#untilTrim = TRIM_EVERY;
    for (const [slots, unused] of this.#bySlots) {
      while (unused.length > 0 && this.#spare >= slots) {
        unused.pop();
        this.#spare -= slots;
        this.#slots -= slots;
      }
    }
    this.#spare = this.#slots;
  }
}

/** Shared by all mailboxes of the process. */
export const segmentPool: SegmentPool = new SegmentPool();
