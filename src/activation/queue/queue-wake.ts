import { dueKey } from "../records/record-keys.ts";
import type { QueueHost } from "./queue-host.ts";
import type { QueueSlots } from "./queue-slots.ts";

const NOTHING = new Uint8Array(0);
/** Schedules have ids, so this one is free. */
const ID = "";

/**
 * The due time that wakes an actor for its queues. It is stored with the messages: 0 while there is a message that may
 * be handed out, so that the next process wakes the actor; the time of the first one while all are held back; absent
 * without messages.
 */
export class QueueWake {
  readonly #host: QueueHost;
  readonly #queues: readonly QueueSlots[];
  #storedMs: number | undefined;
  /** Keys that may be in the store. */
  readonly #keys = new Set<string>();

  /** @param queues all queues of the actor, with what was loaded */
  constructor(host: QueueHost, queues: readonly QueueSlots[]) {
    this.#host = host;
    this.#queues = queues;
    this.#storedMs = this.#earliest();
    if (this.#storedMs !== undefined) this.#keys.add(this.#key(this.#storedMs));
  }

  /** The due time that is stored, or will be with what is buffered. */
  get storedMs(): number | undefined {
    return this.#storedMs;
  }

  /** Buffers the due time after a change of a queue, if it differs. */
  update(): void {
    const dueAtMs = this.#earliest();
    if (dueAtMs === this.#storedMs) return;
    const { buffer, clock } = this.#host;
    if (this.#storedMs !== undefined) this.#remove(this.#key(this.#storedMs));
    this.#storedMs = dueAtMs;
    if (dueAtMs === undefined) return;
    this.#keys.add(this.#key(dueAtMs));
    buffer.put(this.#key(dueAtMs), NOTHING);
    if (dueAtMs <= clock.epochMs()) return; // the actor is awake
    buffer.stored().then(
      () => this.#host.notice(dueAtMs),
      () => {}, // the message is not stored either
    );
  }

  /** Removes a due time for which the actor was woken although it is not the present one. */
  fired(dueAtMs: number): void {
    if (dueAtMs !== this.#storedMs) this.#host.buffer.delete(this.#key(dueAtMs));
  }

  /** Buffers its removal. */
  remove(): void {
    for (const key of this.#keys) this.#host.buffer.delete(key);
  }

  #remove(key: string): void {
    const { buffer } = this.#host;
    buffer.delete(key);
    buffer.stored().then(
      () => {
        const isPresent = this.#storedMs !== undefined && this.#key(this.#storedMs) === key;
        if (!isPresent) this.#keys.delete(key);
      },
      () => {}, // it is still there
    );
  }

  #earliest(): number | undefined {
    const times = this.#queues.map((slots) => slots.earliest()).filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #key(dueAtMs: number): string {
    return dueKey({ dueAtMs, owner: this.#host.owner, id: ID });
  }
}
