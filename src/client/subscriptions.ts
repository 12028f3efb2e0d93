import type { EventMeta } from "./connection-types.ts";
import { Listeners } from "./listeners.ts";
import type { Platform } from "./platform.ts";

/** What a connection has subscribed to changes by this. */
export interface SubscriptionChange {
  readonly t: "sub" | "unsub";
  readonly e: readonly string[];
}

/** The listeners to the events of a connection, and what the gateway knows of them. */
export class Subscriptions {
  readonly #platform: Platform;
  readonly #changed: () => void;
  readonly #listeners = new Map<string, Listeners<[body: unknown, meta: EventMeta]>>();
  /** Events that the open connection has subscribed to. */
  #known: Set<string> | undefined;
  /** Events that the gateway does not give to this caller. */
  readonly #refused = new Set<string>();

  /** @param changed called in a microtask, so that a listener which is replaced at once changes nothing */
  constructor(platform: Platform, changed: () => void) {
    this.#platform = platform;
    this.#changed = changed;
  }

  on(event: string, listener: (body: unknown, meta: EventMeta) => unknown): () => void {
    let listeners = this.#listeners.get(event);
    if (listeners === undefined) {
      listeners = new Listeners(this.#platform.report);
      this.#listeners.set(event, listeners);
    }
    const remove = listeners.add(listener);
    this.#refused.delete(event);
    this.#platform.soon(this.#changed);
    return () => {
      remove();
      this.#platform.soon(this.#changed);
    };
  }

  emit(event: string, body: unknown, meta: EventMeta): void {
    this.#listeners.get(event)?.emit(body, meta);
  }

  /** Returns the events to open a connection with. */
  begin(): readonly string[] {
    const events = this.#wanted();
    this.#known = new Set(events);
    return events;
  }

  /** The connection is no longer open. */
  end(): void {
    this.#known = undefined;
  }

  /** Takes `events` as not subscribed to. */
  forget(events: readonly string[]): void {
    for (const event of events) this.#known?.delete(event);
  }

  /** Notes that the gateway has refused `events`. They are not asked for again before the next listener. */
  refuse(events: readonly string[]): void {
    this.forget(events);
    for (const event of events) this.#refused.add(event);
  }

  /** Returns what the gateway does not know yet, and takes it as known. */
  changes(): readonly SubscriptionChange[] {
    const known = this.#known;
    if (known === undefined) return [];
    const wanted = this.#wanted();
    const added = wanted.filter((event) => !known.has(event));
    const removed = [...known].filter((event) => !wanted.includes(event));
    this.#known = new Set(wanted);
    const changes: readonly SubscriptionChange[] = [
      { t: "sub", e: added },
      { t: "unsub", e: removed },
    ];
    return changes.filter(({ e }) => e.length > 0);
  }

  #wanted(): readonly string[] {
    return [...this.#listeners]
      .filter(([event, { size }]) => size > 0 && !this.#refused.has(event))
      .map(([event]) => event);
  }
}
