import type { QueueSettings } from "../definition/keyed-settings.ts";
import type { SizedText } from "../records/state-text.ts";
import type { Asker } from "./queue-asks.ts";
import type { QueueHost } from "./queue-host.ts";
import { QueueInbox } from "./queue-inbox.ts";
import { QueueSlots } from "./queue-slots.ts";
import { QueueWake } from "./queue-wake.ts";

/** The queues of one life of an activation. */
export class ActorQueues {
  /** `c.queue`: an inbox for each queue of the definition. */
  readonly inboxes: Readonly<Record<string, QueueInbox>>;
  readonly #host: QueueHost;
  readonly #wake: QueueWake;

  constructor(
    settings: Readonly<Record<string, QueueSettings>>,
    host: QueueHost,
    stored: ReadonlyMap<string, QueueSlots>,
  ) {
    const names = Object.keys(settings);
    const slotsOf = new Map(names.map((name) => [name, stored.get(name) ?? new QueueSlots()]));
    const inboxes: Record<string, QueueInbox> = Object.create(null);
    this.#host = host;
    this.#wake = new QueueWake(host, [...slotsOf.values()]);
    for (const [name, slots] of slotsOf) {
      const limits = settings[name] as QueueSettings;
      inboxes[name] = new QueueInbox(name, limits, host, slots, this.#wake);
    }
    this.inboxes = Object.freeze(inboxes);
  }

  /** Messages in all queues, those that are handed out included. */
  get depth(): number {
    return Object.values(this.inboxes).reduce((sum, { depth }) => sum + depth, 0);
  }

  /** Adds a message of a sender, who gets its id once it is stored. */
  receive(name: string, text: SizedText, asker: Asker): void {
    const id = this.#inbox(name).add(text);
    this.#host.buffer.stored().then(
      () => asker.reply(id),
      (error: unknown) => asker.reject(error),
    );
  }

  /** Adds a message of a sender, who gets the reply once it is completed and stored. */
  receiveAsk(name: string, text: SizedText, asker: Asker): string {
    const id = this.#inbox(name).add(text);
    this.#host.asks.add(id, asker, this.#host.hold());
    this.#host.buffer.stored().catch((error: unknown) => this.#host.asks.reject(id, error));
    return id;
  }

  /** Takes account of the due time with which the actor was woken for its queues. */
  woken(dueAtMs: number): void {
    this.#wake.fired(dueAtMs);
  }

  /** Ends all waits for messages: the actor begins to end. */
  stopWaiting(): void {
    for (const inbox of Object.values(this.inboxes)) inbox.stopWaiting();
  }

  close(): void {
    for (const inbox of Object.values(this.inboxes)) inbox.close();
  }

  #inbox(name: string): QueueInbox {
    return this.inboxes[name] as QueueInbox; // refs have methods for these only
  }
}
