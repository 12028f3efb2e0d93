/** Some messages one after the other; behind the last slot is the segment that follows. */
export type Segment = unknown[];

/** Slots of the smallest segment. */
export const SMALLEST = 32;
/**
 * Slots of the largest. From 16,384 slots on V8 gives an array pages of its own, which no garbage
 * collection copies: a backlog lies still. Smaller ones are copied twice before they are old.
 */
export const LARGEST = 32_768;
/** Empty slots that are kept: 16 MiB, and soon less where they are not needed. */
const MAX_SLOTS = 2_097_152;
/** Each time that so many queues have been used up, the segments nobody has needed since are let go. */
const TRIM_EVERY = 4_096;

export function slotsOf(segment: Segment): number {
  return segment.length - 1;
}

export function nextOf(segment: Segment): Segment {
  return segment[segment.length - 1] as Segment;
}

/** Unused segments: a mailbox has some only while messages wait in it. */
export class SegmentPool {
  readonly #bySlots = new Map<number, Segment[]>();
  #slots = 0;
  /** The fewest slots there were since the last trim. */
  #spare = 0;
  #untilTrim = TRIM_EVERY;

  /** Empty slots in all segments. */
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

  /** @param segment which must not keep anything of a message alive */
  giveBack(segment: Segment): void {
    const slots = slotsOf(segment);
    if (this.#slots + slots > MAX_SLOTS) return;
    const unused = this.#bySlots.get(slots);
    if (unused === undefined) this.#bySlots.set(slots, [segment]);
    else unused.push(segment);
    this.#slots += slots;
  }

  /** Lets go, once in many calls, of what a past backlog has left and no mailbox has needed since. */
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
