import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { eventMessage } from "../codec/event-codec.ts";
import type { CarriedTrace } from "../codec/headers.ts";
import type { Log, LogMessage } from "../engine/log.ts";
import { wait } from "../engine/wait.ts";
import type { Checkpoint } from "../protocol/checkpoint.ts";
import type { EventKind, RunnerEvent } from "../protocol/events.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type HealthScore, HealthSign } from "./health-score.ts";
import { EventOutcome, type RunnerObserver } from "./runner-observer.ts";

/** Events that may wait before no further command is carried out. */
const MAX_WAITING = 1_024;
/** Actors whose events are being stored at a time. */
const MAX_SENDING = 32;
/** Stored events that are kept for each activation, to be sent again on request. */
const KEPT = LIMITS.eventsPerBatch;
const RETRIES = { initialMs: 100, factor: 2, maxMs: 2_000, jitter: 0.5 };

/** The events of one activation. */
export class EventQueue {
  readonly address: string;
  readonly generation: number;
  /** Not stored yet, in order. */
  readonly waiting: RunnerEvent[] = [];
  /** The last ones that were stored. */
  kept: readonly RunnerEvent[] = [];
  /** Of the last event that was created. */
  lastIndex = 0;
  isSending = false;
  resends = 0;

  constructor({ address, generation }: Omit<Checkpoint, "index">) {
    this.address = address;
    this.generation = generation;
  }
}

/** What an {@link EventOutbox} works with. */
export interface EventOutboxParts {
  readonly log: Log;
  readonly runnerId: string;
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  readonly health: HealthScore;
  readonly observer: RunnerObserver;
  /** Returns the trace in which something happens now. */
  readonly traceNow: () => CarriedTrace;
}

/** Events in one message. */
interface Batch {
  readonly message: LogMessage;
  readonly events: readonly RunnerEvent[];
}

/** What is told of an activation. */
export interface NewEvent {
  readonly kind: EventKind;
  readonly reason?: string;
  readonly data?: unknown;
}

/**
 * Keeps the events of all activations until they are stored. Those of one activation are stored in order, in batches of at
 * most 64, one at a time. A batch whose outcome is not known is sent again as it was: the log recognises its id, and later
 * the coordinator its indices.
 *
 * Nothing is dropped while the runner lives. Callers wait for {@link EventOutbox.room} before they do what creates events.
 */
export class EventOutbox {
  readonly #parts: EventOutboxParts;
  readonly #ready: EventQueue[] = [];
  readonly #closing = new AbortController();
  readonly #causes = new WeakMap<RunnerEvent, CarriedTrace>();
  #sending = 0;
  #waiting = 0;
  #nudge = new AbortController();
  #changed = new Deferred<void>();

  constructor(parts: EventOutboxParts) {
    this.#parts = parts;
  }

  /** Number of events that are not stored yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Adds an event, which gets the next index of its activation. */
  add(queue: EventQueue, { kind, reason, data }: NewEvent): void {
    if (this.#closing.signal.aborted) return;
    const { observer, clock, traceNow } = this.#parts;
    queue.lastIndex += 1;
    const event: RunnerEvent = {
      index: queue.lastIndex,
      kind,
      atMs: clock.epochMs(),
      ...(reason === undefined ? {} : { reason: reason.slice(0, LIMITS.reasonLength) }),
      ...(data === undefined ? {} : { data }),
    };
    queue.waiting.push(event);
    const cause = traceNow();
    if (cause.traceparent !== undefined) this.#causes.set(event, cause);
    observer.eventCreated(kind, reason);
    this.#count(1);
    if (queue.isSending) return;
    queue.isSending = true;
    this.#ready.push(queue);
    this.#sendNext();
  }

  /** Resolves when there is room for the events of a command. */
  async room(): Promise<void> {
    while (this.#waiting >= MAX_WAITING && !this.#closing.signal.aborted) {
      await this.#changed.promise;
    }
  }

  /** Resolves when all events of an activation are stored; with false if the outbox was closed before. */
  async stored(queue: EventQueue): Promise<boolean> {
    while (queue.waiting.length > 0 && !this.#closing.signal.aborted) await this.#changed.promise;
    return queue.waiting.length === 0;
  }

  /** Resolves when everything is stored, or the outbox is closed. */
  async flushed(): Promise<void> {
    while (this.#waiting > 0 && !this.#closing.signal.aborted) await this.#changed.promise;
  }

  /** Tries again at once what waits for its next attempt, such as after a reconnect. */
  nudge(): void {
    this.#nudge.abort();
    this.#nudge = new AbortController();
  }

  /**
   * Sends events of an activation again from an index on, as far as they are kept. Returns their number; those that are
   * not stored yet come anyway. Rejects as the engine does.
   */
  async resend(queue: EventQueue, from: number): Promise<number> {
    const { log, observer } = this.#parts;
    let left = queue.kept.filter(({ index }) => index >= from);
    const count = left.length;
    while (left.length > 0 && !this.#closing.signal.aborted) {
      const { message, events } = this.#batchOf(queue, left);
      queue.resends += 1;
      // Another id: the log would take the message for the one that is missing.
      await log.append({ ...message, id: `${message.id}:r${queue.resends}` });
      left = left.slice(events.length);
    }
    observer.eventsEnded(EventOutcome.Resent, count - left.length);
    return count - left.length;
  }

  /** Sends nothing further. What is not stored is counted as abandoned. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    if (this.#waiting > 0) {
      this.#parts.observer.eventsEnded(EventOutcome.Abandoned, this.#waiting);
    }
    this.#count(-this.#waiting);
    this.nudge();
  }

  #sendNext(): void {
    while (this.#sending < MAX_SENDING) {
      const queue = this.#ready.shift();
      if (queue === undefined) return;
      this.#sending += 1;
      void this.#send(queue); // never rejects
    }
  }

  async #send(queue: EventQueue): Promise<void> {
    const { message, events } = this.#batchOf(queue, queue.waiting);
    const outcome = await this.#store(message);
    this.#sending -= 1;
    if (outcome === undefined) return; // closed
    queue.waiting.splice(0, events.length);
    queue.kept = [...queue.kept, ...events].slice(-KEPT);
    this.#parts.observer.eventsEnded(outcome, events.length);
    this.#count(-events.length);
    queue.isSending = queue.waiting.length > 0;
    if (queue.isSending) this.#ready.push(queue); // behind the others
    this.#sendNext();
  }

  /** Resolves with `undefined` if it was closed before the outcome was known. */
  async #store(message: LogMessage): Promise<EventOutcome | undefined> {
    const { log, clock, luck, health, observer } = this.#parts;
    const { signal } = this.#closing;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        const { isDuplicate } = await log.append(message);
        if (signal.aborted) return undefined;
        return isDuplicate ? EventOutcome.Duplicate : EventOutcome.Stored;
      } catch (error) {
        if (signal.aborted) return undefined;
        health.add(HealthSign.FailedWrite);
        observer.failed("events could not be stored", error);
      }
      await wait(clock, backoffDelayMs(RETRIES, attempt, luck()), this.#nudge.signal);
    }
    return undefined;
  }

  /** Returns the first of these events as one message: as many as fit. Of an event that does not fit alone, the data is left out. */
  #batchOf(queue: EventQueue, all: readonly RunnerEvent[]): Batch {
    const { address, generation } = queue;
    const { runnerId, observer } = this.#parts;
    let events = all.slice(0, LIMITS.eventsPerBatch);
    const [oldest] = events;
    const cause = oldest === undefined ? undefined : this.#causes.get(oldest);
    for (;;) {
      try {
        const batch = { address, runnerId, generation, events, ...cause };
        return { events, message: eventMessage(batch) };
      } catch (error) {
        const [first] = events;
        if (events.length > 1) events = events.slice(0, Math.ceil(events.length / 2));
        else if (first?.data === undefined)
          throw error; // has nothing of anyone else in it
        else {
          observer.failed("data of an event does not fit", error);
          const { data: _data, ...rest } = first;
          events = [rest];
        }
      }
    }
  }

  #count(change: number): void {
    this.#waiting += change;
    this.#parts.observer.eventsWaiting(this.#waiting);
    const { resolve } = this.#changed;
    this.#changed = new Deferred();
    resolve();
  }
}
