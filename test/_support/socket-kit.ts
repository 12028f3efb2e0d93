import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type ClientOptions, WebSocket } from "ws";
import {
  createGateway,
  type Exposed,
  expose,
  type Gateway,
  type GatewayOptions,
  unchecked,
} from "../../src/gateway.ts";
import {
  type Connecting,
  defineKeyedActor,
  event,
  PublicError,
  queue,
  type SystemOptions,
} from "../../src/index.ts";
import type { ManualClock } from "../../src/testing.ts";
import type { ServerMessage } from "../../src/wire/gateway-frames.ts";
import { type OpenKeyed, openKeyed } from "./keyed.ts";

/** What hooks of connections have done. */
export const hooks: string[] = [];

const room = defineKeyedActor("room", {
  state: () => ({ lines: [] as string[] }),
  events: {
    said: event<string>(),
    typing: event<string>({ whenSlow: "drop" }),
    big: event<string>({ whenSlow: "drop" }),
  },
  queues: { files: queue<string, number>() },
  onBeforeConnect(_c, { params }: Connecting<{ readonly name: string } | undefined>) {
    const name = params?.name ?? "?";
    if (name === "banned") throw new PublicError("you are banned", { code: "BANNED" });
    if (name === "broken") throw new TypeError("secret");
    return { name };
  },
  onConnect(_c, connection) {
    hooks.push(`connect ${connection.state.name}`);
    if (connection.state.name === "greeted") connection.send("said", "welcome");
  },
  onDisconnect: (_c, connection, reason) => {
    hooks.push(`disconnect ${connection.state.name} ${reason}`);
  },
  handlers: {
    lines: (c) => c.state.lines,
    say(c, text: string) {
      c.state.lines.push(text);
      c.broadcast("said", text);
      return c.state.lines.length;
    },
    type: (c) => c.broadcast("typing", c.connection?.state.name ?? "?", { except: c.connection }),
    flood(c, count: number, size: number) {
      for (let at = 0; at < count; at += 1) c.broadcast("big", `${at}`.padEnd(size, "x"));
    },
    say_all(c, count: number, size: number) {
      for (let at = 0; at < count; at += 1) c.broadcast("said", `${at}`.padEnd(size, "x"));
    },
    direct(c, text: string) {
      for (const connection of c.connections) connection.send("said", text);
    },
    whisper(c, name: string, text: string) {
      c.broadcast("said", text, { where: ({ state }) => state.name === name });
    },
    people: (c) => c.connections.size,
    who: (c) => [c.caller?.id, c.requestId, c.connection?.id],
    kick: (c, text: string) => c.connection?.close(text),
    nothing: () => undefined,
    sleep: (c) => c.sleep(),
    destroy: (c) => c.destroy(),
    async slow(c) {
      await new Promise<void>((resolve) => c.signal.addEventListener("abort", () => resolve()));
    },
    boom() {
      throw new RangeError("secret");
    },
    hidden: () => "secret",
  },
  async run(c) {
    for await (const message of c.queue.files) message.complete(message.body.length);
  },
});

const passing = {
  "~standard": {
    version: 1 as const,
    vendor: "test",
    validate: (value: unknown) =>
      value === undefined || typeof (value as { name?: unknown }).name === "string"
        ? { value: value as { readonly name: string } | undefined }
        : { issues: [{ message: "no name" }] },
  },
};
const calls = {
  lines: unchecked,
  say: unchecked,
  type: unchecked,
  flood: unchecked,
  say_all: unchecked,
  direct: unchecked,
  whisper: unchecked,
  people: unchecked,
  who: unchecked,
  kick: unchecked,
  nothing: unchecked,
  sleep: unchecked,
  destroy: unchecked,
  slow: unchecked,
  boom: unchecked,
} as const;

export const exposedRoom: Exposed<"room", unknown> = expose(room, {
  calls,
  queues: { files: unchecked },
  params: passing,
});

/** A message of a gateway, with members as JSON has them. */
export type Received = ServerMessage & Readonly<Record<string, unknown>>;
type OfKind<Kind extends ServerMessage["t"]> = Extract<ServerMessage, { readonly t: Kind }>;

const PATIENCE_MS = 20_000;
const STEP_MS = 50;

export async function patiently(condition: () => boolean, what: string): Promise<void> {
  const endsAtMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > endsAtMs) throw new Error(`${what} did not happen`);
    await nextTurn();
  }
}

/** A client that sends what a test says. */
export class RawClient {
  readonly socket: WebSocket;
  readonly received: Received[] = [];
  /** Number of frames that have arrived, of bytes in them. */
  frames = 0;
  bytes = 0;
  sentBytes = 0;
  closedWith: number | undefined;
  reason = "";
  status: number | undefined;
  error: Error | undefined;

  constructor(url: string, options: ClientOptions = {}, protocols: readonly string[] = []) {
    const target = `${url.replace(/^http/, "ws")}/connect`;
    this.socket = new WebSocket(target, [...protocols], { perMessageDeflate: false, ...options });
    this.socket.on("message", (data: Buffer) => {
      this.frames += 1;
      this.bytes += data.length;
      this.received.push(...([JSON.parse(String(data))].flat() as Received[]));
    });
    this.socket.on("error", (error) => {
      this.error = error;
    });
    this.socket.on("unexpected-response", (_request, response) => {
      this.status = response.statusCode;
      this.closedWith = 0;
      response.resume();
    });
    this.socket.on("close", (code, reason) => {
      this.closedWith = code;
      this.reason = String(reason);
    });
  }

  async opened(): Promise<this> {
    await patiently(() => this.socket.readyState !== WebSocket.CONNECTING, "the handshake");
    return this;
  }

  send(...messages: readonly unknown[]): void {
    this.text(JSON.stringify(messages.length === 1 ? messages[0] : messages));
  }

  text(frame: string | Buffer): void {
    this.sentBytes += Buffer.byteLength(frame);
    this.socket.send(frame);
  }

  /** Takes the next message, which must be of this kind. */
  async take<Kind extends ServerMessage["t"]>(kind: Kind): Promise<OfKind<Kind>> {
    await patiently(
      () => this.received.length > 0 || this.closedWith !== undefined,
      `a message ${kind}`,
    );
    const message = this.received.shift();
    assert.equal(message?.t, kind, `${JSON.stringify(message)}, closed with ${this.closedWith}`);
    return message as unknown as OfKind<Kind>;
  }

  async hello(more: object = {}): Promise<OfKind<"welcome">> {
    await this.opened();
    this.send({ t: "hello", v: [1], ...more });
    return this.take("welcome");
  }

  /** Opens a connection to key `a` of `room`. */
  async open(c = 1, more: object = {}): Promise<OfKind<"opened">> {
    this.send({ t: "open", c, type: "room", key: ["a"], ...more });
    return this.take("opened");
  }

  /** Asks, and takes the reply as the next message. */
  async ask(i: number, m: string, ...a: readonly unknown[]): Promise<OfKind<"reply">> {
    this.send({ t: "ask", c: 1, i, m, a });
    return this.take("reply");
  }

  async closed(): Promise<number> {
    await patiently(() => this.closedWith !== undefined, "the socket was closed");
    return this.closedWith ?? 0;
  }
}

/** Moves `clock` on until `promise` settles, which may take some real time as well: a server that closes has a grace. */
async function moveUntil<Value>(clock: ManualClock, promise: Promise<Value>): Promise<Value> {
  let settled = false;
  const end = (): void => {
    settled = true;
  };
  promise.then(end, end);
  const endsAtMs = performance.now() + PATIENCE_MS;
  while (!settled) {
    if (performance.now() > endsAtMs) throw new Error("it never settled");
    await clock.advance(STEP_MS);
  }
  return promise;
}

/** A gateway of a system on a manual clock, with a room. */
export interface SocketKit extends OpenKeyed {
  readonly gateway: Gateway;
  readonly url: string;
  /** A client whose handshake has not been answered. */
  client(options?: ClientOptions, protocols?: readonly string[]): RawClient;
  /** One whose connection 1 to the room `a` is open. */
  connected(more?: object): Promise<RawClient>;
  close(deadlineMs?: number): ReturnType<Gateway["close"]>;
  /** Open sockets, as the gauge says. */
  active(): number;
}

export async function openSockets(
  options: Partial<GatewayOptions> = {},
  system: SystemOptions = {},
): Promise<SocketKit> {
  hooks.length = 0;
  const open = openKeyed(system);
  const gateway = await createGateway(open.system, {
    actors: [exposedRoom],
    port: 0,
    ...options,
  });
  const clients: RawClient[] = [];
  const { clock } = open;
  const shutDown = open[Symbol.asyncDispose].bind(open);
  const client: SocketKit["client"] = (given, protocols) => {
    const made = new RawClient(gateway.url ?? "", given, protocols);
    clients.push(made);
    return made;
  };
  const close = (deadlineMs = 1_000): ReturnType<Gateway["close"]> =>
    moveUntil(clock as ManualClock, gateway.close({ deadlineMs }));
  return Object.assign(open, {
    gateway,
    url: gateway.url ?? "",
    client,
    close,
    active: () => levelOf(open.system.books().levels, "gateway.socket.active"),
    async connected(more: object = {}) {
      const made = client();
      await made.hello();
      await made.open(1, more);
      return made;
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of clients) socket.terminate();
      await close();
      await shutDown();
    },
  });
}

/** Sum of the series of a level. */
export function levelOf(levels: Readonly<Record<string, number>>, name: string): number {
  const all = Object.entries(levels).filter(([key]) => key.startsWith(name));
  return all.reduce((sum, [, value]) => sum + value, 0);
}
