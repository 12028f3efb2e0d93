import type { ClientMessage, Gap, ServerMessage } from "../../src/wire/gateway-frames.ts";

/** How many events the model keeps for clients that come back. */
const KEPT = 4;

/** The members of a WebSocket that the client uses. */
export class ModelSocket {
  readonly #gateway: ModelGateway;
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: string }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  /** What has been sent to the client and has not arrived. */
  readonly frames: string[] = [];

  constructor(gateway: ModelGateway) {
    this.#gateway = gateway;
    gateway.handshakes.push(this);
  }

  send(text: string): void {
    this.#gateway.received(this, JSON.parse(text) as ClientMessage);
  }

  close(): void {
    this.#gateway.left(this);
  }
}

/** One open connection of the model. */
interface Link {
  readonly socket: ModelSocket;
  readonly c: number;
  readonly a: number;
  /** Number of the last event that was sent. */
  sent: number;
  isSubscribed: boolean;
}

/**
 * A gateway with one actor that counts: each event has the next number, and its `lines` are all numbers so far. Frames
 * are delivered when a test says so, several messages in one.
 */
export class ModelGateway {
  readonly handshakes: ModelSocket[] = [];
  readonly #links: Link[] = [];
  /** Sockets from `hello` to their end. */
  readonly #known = new Set<ModelSocket>();
  /** All numbers that were published. */
  count = 0;
  /** Numbers up to this one are no longer kept. */
  #evicted = 0;
  #generation = 1;

  /** The constructor for the client's option `WebSocket`. */
  get WebSocket(): typeof WebSocket {
    const gateway = this;
    return class extends ModelSocket {
      constructor() {
        super(gateway);
      }
    } as never;
  }

  /** Publishes an event. It is delivered with the next frame. */
  publish(): void {
    this.count += 1;
    this.#evicted = Math.max(this.#evicted, this.count - KEPT);
    this.#sendEvents();
  }

  /** The actor ends without its last position being stored; its events are gone, and it begins a new generation. */
  crash(): void {
    this.#generation += 1;
    this.#evicted = this.count;
    this.end();
  }

  /** The actor goes to sleep: connections end, and clients open them again. */
  end(): void {
    for (const { socket, c } of this.#links.splice(0)) {
      this.#send(socket, { t: "closed", c, again: true, at: this.#at(this.count) });
    }
  }

  /** Finishes handshakes. */
  accept(): void {
    for (const socket of this.handshakes.splice(0)) socket.onopen?.();
  }

  /** Refuses handshakes, as with status 503. */
  refuse(): void {
    for (const socket of this.handshakes.splice(0)) socket.onclose?.({ code: 1006, reason: "" });
  }

  /** Delivers everything that was sent, all messages since the last delivery as one frame. */
  deliver(): void {
    for (const socket of this.#sockets()) {
      const frames = socket.frames.splice(0);
      if (frames.length > 0) socket.onmessage?.({ data: `[${frames.join(",")}]` });
    }
  }

  /** Breaks all sockets. What was sent and has not arrived is lost, or arrives before. */
  cut(code: number, arrives: boolean): void {
    if (arrives) this.deliver();
    for (const socket of this.#sockets()) {
      this.left(socket);
      socket.onclose?.({ code, reason: "" });
    }
  }

  received(socket: ModelSocket, message: ClientMessage): void {
    switch (message.t) {
      case "hello":
        this.#known.add(socket);
        this.#send(socket, { t: "welcome", v: 1, pingMs: 15_000, frameBytes: 1_000 });
        return;
      case "open":
        this.#open(socket, message);
        return;
      case "sub":
      case "unsub": {
        const link = this.#links.find(({ c }) => c === message.c);
        if (link !== undefined) link.isSubscribed = message.t === "sub";
        this.#sendEvents();
        this.#send(socket, { t: "reply", i: message.i });
        return;
      }
      case "ask":
        // The numbers so far: a reply is given in the turn of the actor.
        this.#send(socket, { t: "reply", i: message.i, r: this.count });
        return;
      case "ping":
        this.#send(socket, { t: "pong", n: message.n });
        return;
      case "close":
        this.#drop(message.c);
        this.#send(socket, { t: "closed", c: message.c, again: false });
        return;
      case "auth":
      case "tell":
      case "send":
      case "cancel":
        return;
    }
  }

  left(socket: ModelSocket): void {
    this.#known.delete(socket);
    for (const { c, socket: other } of [...this.#links]) if (other === socket) this.#drop(c);
  }

  #sockets(): ModelSocket[] {
    return [...this.#known];
  }

  #drop(c: number): void {
    const at = this.#links.findIndex((link) => link.c === c);
    if (at !== -1) this.#links.splice(at, 1);
  }

  #open(socket: ModelSocket, { c, last, sub = [] }: ClientMessage & { readonly t: "open" }): void {
    const [, generation = "", number = ""] = last?.at.split(".") ?? [];
    const gap = last === undefined ? undefined : this.#gapAfter(Number(generation), Number(number));
    const sent = last === undefined || gap !== undefined ? this.count : Number(number);
    const a = c + 1_000;
    const resumed = last !== undefined && gap === undefined;
    const at = this.#at(sent);
    this.#send(socket, { t: "opened", c, id: `id-${c}`, a, at, resumed, ...(gap && { gap }) });
    this.#links.push({ socket, c, a, sent, isSubscribed: sub.includes("said") });
    this.#sendEvents();
  }

  #gapAfter(generation: number, number: number): Gap | undefined {
    if (generation !== this.#generation) return { reason: "actor_restarted" };
    if (number < this.#evicted) return { reason: "events_lost", missed: this.#evicted - number };
    return undefined;
  }

  #at(number: number): string {
    return `i.${this.#generation}.${number}`;
  }

  #sendEvents(): void {
    for (const link of this.#links) {
      if (!link.isSubscribed) continue;
      while (link.sent < this.count) {
        link.sent += 1;
        const event = {
          t: "event",
          a: link.a,
          n: this.#at(link.sent),
          e: "said",
          b: link.sent,
        } as const;
        this.#send(link.socket, event);
      }
    }
  }

  #send(socket: ModelSocket, message: ServerMessage): void {
    socket.frames.push(JSON.stringify(message));
  }
}
