import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { ConsumeOptions, Delivery, StoredMessage } from "../engine/log.ts";
import { insertSorted, removeSorted } from "./sorted-numbers.ts";

/** What a consumer needs of its log. */
export interface ConsumedLog {
  readonly clock: Clock;
  /** Reads messages; those that are gone are left out. */
  fetch(sequences: readonly number[]): Promise<readonly StoredMessage[]>;
  /** Deletes a message, and tells this consumer of it by `forget`. */
  delete(sequence: number): Promise<void>;
  /** A message is not in the store, although it should be. Calls `forget`. */
  missing(sequence: number): void;
  /** A read has failed; the consumer tries again. */
  failed(error: unknown): void;
}

/** One process, or part of one, that takes messages of the consumer. */
export interface Member {
  readonly options: ConsumeOptions;
}

/** A message on its way to a member. */
interface Flight {
  timer: ClockTimer | undefined;
  /** `undefined` while it is read from the store. */
  member: Member | undefined;
}

const PAGE = 64;
/** How long a consumer waits after the store could not be read, or a message could not be deleted. */
const TRY_AGAIN_MS = 500;

/**
 * Hands out the messages of a filter: in order, each to one member, and again if it was not answered in time. What is
 * known of attempts is in memory: after a restart of the process, deliveries count from 1 again.
 */
export class LogConsumer {
  readonly #log: ConsumedLog;
  #options: ConsumeOptions;
  readonly #members: Member[] = [];
  readonly #ready: number[] = [];
  readonly #flights = new Map<number, Flight>();
  /** Messages that are to be retried later. */
  readonly #waiting = new Map<number, ClockTimer>();
  readonly #attempts = new Map<number, number>();
  #isPumping = false;
  #turn = 0;
  /** Counts replays: what was read before one is not delivered after it. */
  #epoch = 0;

  constructor(log: ConsumedLog, options: ConsumeOptions) {
    this.#log = log;
    this.#options = options;
  }

  get filter(): string {
    return this.#options.filter;
  }

  get hasMembers(): boolean {
    return this.#members.length > 0;
  }

  join(member: Member): void {
    this.#options = member.options;
    this.#members.push(member);
    void this.#pump(); // never rejects
  }

  /** Ends the deliveries to a member. What it has not answered is delivered to others, or to the next one, at once. */
  leave(member: Member): void {
    if (!this.abandon(member)) return;
    for (const [sequence, flight] of [...this.#flights]) {
      if (flight.member === member) this.#again(sequence);
    }
  }

  /** Ends the deliveries to a member that is gone. What it has not answered stays in flight until its time is over. */
  abandon(member: Member): boolean {
    const at = this.#members.indexOf(member);
    if (at >= 0) this.#members.splice(at, 1);
    return at >= 0;
  }

  /** Takes a message of the filter: a new one, or one that was there before the consumer. */
  offer(sequence: number): void {
    insertSorted(this.#ready, sequence);
    void this.#pump(); // never rejects
  }

  /** Drops what is known of a message that was deleted. */
  forget(sequence: number): void {
    removeSorted(this.#ready, sequence);
    this.#attempts.delete(sequence);
    this.#waiting.get(sequence)?.cancel();
    this.#waiting.delete(sequence);
    if (this.#land(sequence)) void this.#pump(); // never rejects
  }

  /** Has everything that was not answered delivered again, as first deliveries. */
  replay(): void {
    this.#epoch += 1;
    for (const sequence of [...this.#flights.keys(), ...this.#waiting.keys()]) {
      insertSorted(this.#ready, sequence);
    }
    this.end();
    void this.#pump(); // never rejects
  }

  /** Cancels all timers, and forgets what is under way. */
  end(): void {
    for (const { timer } of this.#flights.values()) timer?.cancel();
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#flights.clear();
    this.#waiting.clear();
    this.#attempts.clear();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.hasMembers && this.#ready.length > 0 && this.#room > 0) await this.#deliverPage();
    } catch (error) {
      this.#log.failed(error);
      this.#later(() => void this.#pump(), TRY_AGAIN_MS);
    } finally {
      this.#isPumping = false;
    }
  }

  get #room(): number {
    return this.#options.maxInFlight - this.#flights.size;
  }

  async #deliverPage(): Promise<void> {
    const epoch = this.#epoch;
    const sequences = this.#ready.splice(0, Math.min(PAGE, this.#room));
    const page = sequences.map((sequence): readonly [number, Flight] => [
      sequence,
      { timer: undefined, member: undefined },
    ]);
    for (const [sequence, flight] of page) this.#flights.set(sequence, flight);
    let messages: Map<number, StoredMessage>;
    try {
      const fetched = await this.#log.fetch(sequences);
      messages = new Map(fetched.map((message) => [message.sequence, message]));
    } catch (error) {
      if (epoch === this.#epoch) for (const [sequence] of page) this.#again(sequence);
      throw error;
    }
    if (epoch !== this.#epoch) return;
    for (const [sequence, flight] of page) {
      const message = messages.get(sequence);
      if (this.#flights.get(sequence) !== flight) continue; // deleted while it was read
      if (message === undefined) this.#log.missing(sequence);
      else this.#deliver(message, flight);
    }
  }

  #deliver(message: StoredMessage, flight: Flight): void {
    const { sequence } = message;
    this.#turn += 1;
    const member = this.#members[this.#turn % this.#members.length];
    if (member === undefined) {
      this.#again(sequence);
      return;
    }
    const attempt = (this.#attempts.get(sequence) ?? 0) + 1;
    this.#attempts.set(sequence, attempt);
    flight.member = member;
    flight.timer = this.#later(() => {
      if (this.#flights.get(sequence) === flight) this.#again(sequence);
    }, this.#options.ackWaitMs);
    member.options.deliver(this.#deliveryOf(message, attempt, flight));
  }

  #deliveryOf(message: StoredMessage, attempt: number, flight: Flight): Delivery {
    const { sequence } = message;
    let isAnswered = false;
    const end = async (): Promise<void> => {
      if (isAnswered) return;
      isAnswered = true;
      await this.#log.delete(sequence);
    };
    const retry = (delayMs: number): void => {
      if (isAnswered) return;
      isAnswered = true;
      if (this.#flights.get(sequence) === flight) this.#retry(sequence, delayMs);
    };
    return { ...message, attempt, ack: end, reject: end, retry };
  }

  #retry(sequence: number, delayMs: number): void {
    if (delayMs <= 0) {
      this.#again(sequence);
      return;
    }
    this.#land(sequence);
    const timer = this.#later(() => {
      this.#waiting.delete(sequence);
      this.offer(sequence);
    }, delayMs);
    this.#waiting.set(sequence, timer);
    void this.#pump(); // never rejects; there is room now
  }

  #again(sequence: number): void {
    this.#land(sequence);
    this.offer(sequence);
  }

  /** Ends the flight of a message. Returns whether there was one. */
  #land(sequence: number): boolean {
    this.#flights.get(sequence)?.timer?.cancel();
    return this.#flights.delete(sequence);
  }

  #later(callback: () => void, delayMs: number): ClockTimer {
    return this.#log.clock.schedule(callback, delayMs, KeepAlive.No);
  }
}
