import type { QueueRecord } from "../records/queue-record.ts";

/** Maximum size of the messages of a queue that are kept in memory, in bytes; of others only the number is. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** A message of a queue. */
export class QueueSlot {
  readonly sequence: number;
  /** `undefined` while only the store has it. */
  record: QueueRecord | undefined;
  /** Whether it was handed out and is neither completed nor put back. */
  handedOut = false;
  /** Size that counts for the limit of what is kept. */
  keptBytes = 0;
  /** Whether the limit was reached when it was added, so that it need not be kept once it is stored. */
  isSurplus = false;

  constructor(sequence: number, record: QueueRecord | undefined) {
    this.sequence = sequence;
    this.record = record;
  }
}

/** The messages of one queue in their order. */
export class QueueSlots {
  readonly #slots = new Map<number, QueueSlot>();
  #keptBytes = 0;

  get size(): number {
    return this.#slots.size;
  }

  /** Adds a message behind all others. */
  add(slot: QueueSlot, sizeBytes: number): void {
    this.#slots.set(slot.sequence, slot);
    slot.isSurplus = this.#keptBytes >= MAX_KEPT_BYTES;
    if (slot.record !== undefined) this.#keep(slot, sizeBytes);
  }

  /** Whether the message is in the queue. */
  has(slot: QueueSlot): boolean {
    return this.#slots.get(slot.sequence) === slot;
  }

  remove(slot: QueueSlot): void {
    this.#slots.delete(slot.sequence);
    this.#keptBytes -= slot.keptBytes;
    slot.keptBytes = 0;
  }

  /** Takes a message out of memory, which the store has, if there were too many when it was added. */
  trim(slot: QueueSlot): void {
    if (!slot.isSurplus || slot.handedOut || slot.record?.attempt !== 0 || !this.has(slot)) return;
    slot.record = undefined;
    this.#keptBytes -= slot.keptBytes;
    slot.keptBytes = 0;
  }

  /** Keeps what was read from the store, until the message is removed. */
  fill(slot: QueueSlot, record: QueueRecord, sizeBytes: number): void {
    slot.record = record;
    this.#keep(slot, sizeBytes);
  }

  /** Yields the messages that are not handed out, oldest first. */
  *waiting(): Generator<QueueSlot> {
    for (const slot of this.#slots.values()) if (!slot.handedOut) yield slot;
  }

  /** Returns when the first of the waiting messages may be handed out; `undefined` without any. */
  earliest(): number | undefined {
    let earliestMs: number | undefined;
    for (const { record } of this.#slots.values()) {
      const atMs = record?.notBeforeMs ?? 0;
      if (earliestMs === undefined || atMs < earliestMs) earliestMs = atMs;
      if (earliestMs === 0) break;
    }
    return earliestMs;
  }

  #keep(slot: QueueSlot, sizeBytes: number): void {
    slot.keptBytes = sizeBytes;
    this.#keptBytes += sizeBytes;
  }
}
