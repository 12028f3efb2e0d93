import { runInMicrotask } from "../../base/node-timers.ts";
import type { BusMessage, ReceivedMessage } from "../engine/bus.ts";
import { startsWithTokens } from "../engine/tokens.ts";

/** One that listens. */
interface Listener {
  readonly receive: (message: ReceivedMessage) => void;
  isStopped: boolean;
}

/** The last token of a subject that stands for any further ones. */
const REST = ".>";

/** Messages between the sessions of one engine, in one process. They are received after the caller's own code. */
export class LocalBus {
  readonly #exact = new Map<string, Set<Listener>>();
  readonly #prefixes = new Map<string, Set<Listener>>();
  #inboxes = 0;

  /** Sends a message. Returns how many receive it. */
  send(subject: string, { headers, body }: BusMessage, replyTo: string | undefined): number {
    const listeners = this.#listenersOf(subject);
    for (const listener of listeners) {
      const message = { subject, headers, body: new Uint8Array(body), replyTo };
      runInMicrotask(() => {
        if (!listener.isStopped) listener.receive(message);
      });
    }
    return listeners.length;
  }

  /** Listens, also to all subjects below one that ends with `.>`. Returns what ends it. */
  listen(subject: string, receive: (message: ReceivedMessage) => void): () => void {
    const isPrefix = subject.endsWith(REST);
    const table = isPrefix ? this.#prefixes : this.#exact;
    const name = isPrefix ? subject.slice(0, -REST.length) : subject;
    const listener: Listener = { receive, isStopped: false };
    const listeners = table.get(name) ?? new Set();
    listeners.add(listener);
    table.set(name, listeners);
    return () => {
      listener.isStopped = true;
      listeners.delete(listener);
      if (listeners.size === 0 && table.get(name) === listeners) table.delete(name);
    };
  }

  /** Returns a subject that was never returned before. */
  inbox(): string {
    this.#inboxes += 1;
    return `_inbox.${this.#inboxes}`;
  }

  #listenersOf(subject: string): readonly Listener[] {
    const found = [...(this.#exact.get(subject) ?? [])];
    for (const [prefix, listeners] of this.#prefixes) {
      if (startsWithTokens(subject, prefix)) found.push(...listeners);
    }
    return found;
  }
}
