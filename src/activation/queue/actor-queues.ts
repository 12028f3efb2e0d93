import { AwakeReason } from "../../telemetry/attributes.ts";
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

  /**
   * Adds a message of a sender. Returns its id.
   *
   * @throws LimelightError `ERR_QUEUE_FULL`
   */
  receive(name: string, text: SizedText): string {
    return this.#inbox(name).add(text);
  }

  /** Gives `asker` the id of its message once that is stored. */
  confirm(id: string, asker: Asker): void {
    this.#host.buffer.stored().then(
      () => asker.reply(id),
      (error: unknown) => asker.reject(error),
    );
  }

  /**
   * Gives `asker` the reply to its message once that is completed and stored.
   *
   * @param stored called once the message is stored
   */
  await(name: string, id: string, asker: Asker, stored?: (id: string) => void): void {
    const { asks, buffer } = this.#host;
    asks.add(id, asker, this.#host.hold(AwakeReason.Internal, name));
    buffer.stored().then(
      () => stored?.(id),
      (error: unknown) => asks.reject(id, error),
    );
  }

  /** Ends the wait of an asker that has given up. Its message stays in the queue. */
  forget(id: string): void {
    this.#host.asks.forget(id);
  }

  /** Buffers the removal of what is not under the actor's own prefixes. */
  remove(): void {
    this.#wake.remove();
  }

  /** Takes account of the due time with which the actor was woken for its queues. */
  woken(dueAtMs: number): void {
    this.#wake.fired(dueAtMs);
  }

  /** Ends all waits for messages: the actor begins to end. */
  stopWaiting(): void {
    for (const inbox of Object.values(this.inboxes)) inbox.stopWaiting();
  }

  /**
   * Ends the life.
   *
   * @param early whether it ends before its code could ask for messages
   * @returns when the actor is due again for messages that its code would have taken; `undefined` if there are none
   */
  close(early: boolean): number | undefined {
    const inboxes = Object.values(this.inboxes);
    const isOwed = early || inboxes.some((inbox) => inbox.isOwed);
    const dueAtMs = isOwed ? this.#wake.storedMs : undefined;
    for (const inbox of inboxes) inbox.close();
    return dueAtMs;
  }

  #inbox(name: string): QueueInbox {
    return this.inboxes[name] as QueueInbox; // refs have methods for these only
  }
}
