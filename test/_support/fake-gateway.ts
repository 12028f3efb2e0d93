import { randomUUID } from "node:crypto";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { KeyAddress, Sending } from "../../src/activation/access/actor-access.ts";
import {
  type EventFeed,
  isAddressedTo,
  type Published,
} from "../../src/activation/access/event-feed.ts";
import type {
  ConnectRequest,
  Link,
  LinkEnding,
  LinkGap,
  Outlet,
} from "../../src/activation/access/link.ts";
import { type Caller, withOrigin } from "../../src/activation/definition/caller.ts";
import type { DisconnectReason } from "../../src/index.ts";

/** What a fake client was sent, in order. */
export type Receipt =
  | { readonly event: string; readonly body: unknown; readonly at: string }
  | { readonly direct: string; readonly body: unknown; readonly d: number }
  | { readonly reply: unknown }
  | { readonly ended: DisconnectReason; readonly again: boolean; readonly text?: string };

/** How a client connects. */
export interface Connect {
  readonly events?: readonly string[];
  readonly params?: unknown;
  readonly last?: ConnectRequest["last"];
  readonly caller?: Caller;
}

/** A client as its gateway has it: a place in the feed of an actor. */
export class FakeClient {
  readonly link: Link;
  readonly receipts: Receipt[] = [];
  /** Events that it missed because the feed had moved on, or that it was told of when it connected. */
  readonly gap: LinkGap | undefined;
  ended: LinkEnding | undefined = undefined;
  /** Whether its socket takes nothing. */
  blocked = false;
  readonly #subscribed: Set<string>;
  #place: number;

  constructor(link: Link, events: readonly string[]) {
    this.link = link;
    this.gap = link.gap;
    this.#place = link.start;
    this.#subscribed = new Set(events);
  }

  /** The last position that it has. */
  get position(): string {
    return this.link.feed.position(this.#place);
  }

  /** What it gives when it connects again. */
  get last(): { readonly connectionId: string; readonly position: string } {
    return { connectionId: this.link.connectionId, position: this.position };
  }

  /** Bodies of the events that it got, in order. */
  get bodies(): unknown[] {
    return this.receipts.flatMap((receipt) => ("event" in receipt ? [receipt.body] : []));
  }

  /** Gives it what the feed has for it. @returns whether the feed still had all of it */
  pump(): boolean {
    const { feed } = this.link;
    while (!this.blocked && this.#place < feed.last) {
      const event = feed.at(this.#place + 1);
      if (event === undefined && this.#isMissed(feed)) return false;
      this.#place += 1;
      if (event === undefined) continue;
      if (this.#subscribed.has(event.event) && isAddressedTo(event, this.link)) {
        const body = bodyOf(event);
        this.receipts.push({ event: event.event, body, at: feed.position(this.#place) });
      }
    }
    return true;
  }

  /** Whether an event that it has subscribed to has left the feed before it got there. */
  #isMissed(feed: EventFeed): boolean {
    return [...this.#subscribed].some((event) => feed.evicted(event) > this.#place);
  }
}

function bodyOf({ body }: Published): unknown {
  return body === undefined ? undefined : JSON.parse(body);
}

/** The outlet of one actor: sends to its clients at once. */
export class FakeGateway implements Outlet {
  readonly clients: Map<string, FakeClient> = new Map();
  readonly #address: KeyAddress;
  readonly #sending: () => Omit<Sending, "context">;

  constructor(address: KeyAddress, sending: () => Omit<Sending, "context">) {
    this.#address = address;
    this.#sending = sending;
  }

  /** Connects a client. Rejects with what it was refused with. */
  connect(options: Connect = {}, given: Partial<Sending> = {}): Promise<FakeClient> {
    const { events = [], params, last, caller } = options;
    const connectionId = randomUUID();
    const request = { connectionId, params, events, last };
    const sending = { ...this.#sending(), ...this.#contextOf(connectionId, caller), ...given };
    return new Promise((resolve, reject) => {
      const opened = (link: Link): void => {
        const client = new FakeClient(link, events);
        this.clients.set(connectionId, client);
        client.pump();
        resolve(client);
      };
      this.#address.connect(request, this, sending, { opened, fail: reject });
    });
  }

  /** Sends a message on a connection. Its reply is also among the receipts. */
  ask(client: FakeClient, name: string, ...args: unknown[]): Promise<unknown> {
    const sending = { ...this.#sending(), ...this.#contextOf(client.link.connectionId, undefined) };
    return new Promise((resolve, reject) => {
      const reply = (value: unknown): void => {
        client.receipts.push({ reply: value });
        resolve(value);
      };
      this.#address.call({ kind: "ask", name, args }, sending, { reply, fail: reject });
    });
  }

  /** Ends a connection as its socket does. */
  async close(client: FakeClient, reason: DisconnectReason = "lost"): Promise<void> {
    this.clients.delete(client.link.connectionId);
    await client.link.close(reason);
  }

  advanced(_feed: EventFeed): void {
    for (const client of this.clients.values()) client.pump();
  }

  direct(connectionId: string, event: Published): void {
    const receipt = { direct: event.event, body: bodyOf(event), d: event.number };
    this.clients.get(connectionId)?.receipts.push(receipt);
  }

  ended(connectionIds: readonly string[], ending: LinkEnding): void {
    for (const id of connectionIds) {
      const client = this.clients.get(id);
      if (client === undefined) throw new Error(`there is no connection ${id}`);
      client.pump();
      client.ended = ending;
      this.clients.delete(id);
      const { reason, again, text } = ending;
      client.receipts.push({ ended: reason, again, ...(text === undefined ? {} : { text }) });
    }
  }

  #contextOf(connectionId: string, caller: Caller | undefined): Pick<Sending, "context"> {
    const origin = { requestId: "request-1", caller, connectionId };
    return { context: withOrigin(ROOT_CONTEXT, origin) };
  }
}
