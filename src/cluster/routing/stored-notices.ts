import { decodeStored } from "../calls/stored-notice.ts";
import type { Bus, BusSubscription, ReceivedMessage } from "../engine/bus.ts";

/** What {@link StoredNotices} work with. */
export interface StoredNoticesParts {
  readonly bus: Pick<Bus, "inbox" | "subscribe">;
  /** Called for a message that is no notice. */
  readonly onInvalid: () => void;
}

/** Who waits to be told that a queue message is stored, by the ids of calls. */
export class StoredNotices {
  readonly #parts: StoredNoticesParts;
  readonly #waiting = new Map<string, (messageId: string) => void>();
  #inbox: string | undefined;
  #subscription: BusSubscription | undefined;

  constructor(parts: StoredNoticesParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Returns where a runner is to tell it; listens from now on. `stored` is called once at most, and not after {@link forget}. */
  expect(callId: string, stored: (messageId: string) => void): string {
    this.#waiting.set(callId, stored);
    const { bus } = this.#parts;
    this.#inbox ??= bus.inbox();
    this.#subscription ??= bus.subscribe(this.#inbox, (message) => this.#receive(message));
    return this.#inbox;
  }

  forget(callId: string): void {
    this.#waiting.delete(callId);
  }

  close(): void {
    this.#waiting.clear();
    this.#subscription?.stop();
    this.#subscription = undefined;
  }

  #receive(message: ReceivedMessage): void {
    try {
      const { callId, messageId } = decodeStored(message);
      const stored = this.#waiting.get(callId);
      this.#waiting.delete(callId);
      stored?.(messageId);
    } catch {
      this.#parts.onInvalid();
    }
  }
}
