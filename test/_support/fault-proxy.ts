import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { FaultWay } from "./fault-way.ts";

/**
 * What a proxy does to connections.
 *
 * @enum
 */
export const Line = {
  /** Everything passes. */
  Open: "open",
  /** Nothing passes in either way, nothing is lost: it arrives later, as TCP does it after a short fault. */
  Stalled: "stalled",
  /** Nothing passes in either way, and nobody is told: connections stay, new ones are taken and lead nowhere. */
  BlackHole: "black_hole",
  /** What clients send arrives; what the server sends is lost. */
  NoReplies: "no_replies",
  /** What clients send is lost; what the server sends arrives. */
  NoRequests: "no_requests",
} as const;
export type Line = (typeof Line)[keyof typeof Line];

/**
 * An end of a connection.
 *
 * @enum
 */
export const End = { Client: "client", Server: "server" } as const;
export type End = (typeof End)[keyof typeof End];

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Ways on which bytes were lost, by what loses them: the stream has a hole, and nothing may follow it. */
  readonly torn: Set<Line>;
}

/** A TCP proxy on loopback between clients and one server, which a test makes fail. */
export class FaultProxy implements AsyncDisposable {
  readonly #port: number;
  readonly #pairs = new Set<Pair>();
  readonly #server = createServer((client) => this.#accept(client));
  #line: Line = Line.Open;
  #opened = Promise.withResolvers<void>();
  /** Added to each way, in milliseconds. */
  #latencyMs = 0;
  #bytesPerS = Infinity;
  #hidesEnds = false;
  #lostBytes = 0;

  private constructor(port: number) {
    this.#port = port;
  }

  /** @param port of the server on loopback */
  static async start(port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Address for clients, `127.0.0.1:4222`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open at both ends. */
  get connections(): number {
    return [...this.#pairs].filter(({ client, server }) => !client.closed && !server.closed).length;
  }

  /** Connections of which one end is closed, and the other one does not know. */
  get halfOpen(): number {
    return this.#pairs.size - this.connections;
  }

  get lostBytes(): number {
    return this.#lostBytes;
  }

  /**
   * Lets connections fail from now on, or pass. A stream of which bytes were lost stays silent until its client gives it up:
   * what follows a hole would be no protocol any more.
   */
  set(line: Line): void {
    this.#line = line;
    const opened = this.#opened;
    this.#opened = Promise.withResolvers<void>();
    opened.resolve();
  }

  /** Delays what is sent from now on, each way. The order is kept. */
  slow(latencyMs: number): void {
    this.#latencyMs = latencyMs;
  }

  /** Lets only so much pass in a second, each way of each connection; Infinity: everything at once. */
  trickle(bytesPerS: number): void {
    this.#bytesPerS = bytesPerS;
  }

  /** From now on nobody is told that the other end of a connection is gone, as after a power failure. */
  hideEnds(): void {
    this.#hidesEnds = true;
  }

  /** Ends a {@link hideEnds} for what ends from now on. */
  showEnds(): void {
    this.#hidesEnds = false;
  }

  /** Resets all connections (RST), at both ends or at one of them. New ones are taken. */
  reset(ends: readonly End[] = [End.Client, End.Server]): void {
    for (const pair of this.#pairs) for (const end of ends) pair[end].resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.showEnds();
    this.reset();
    this.set(Line.Open);
    await closed;
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    client.setNoDelay(true);
    const pair: Pair = { client, server, torn: new Set() };
    this.#pairs.add(pair);
    this.#pass(pair, client, server, Line.NoRequests);
    this.#pass(pair, server, client, Line.NoReplies);
    for (const socket of [client, server]) {
      socket.on("error", () => {}).once("close", () => this.#end(pair));
    }
  }

  #end(pair: Pair): void {
    const { client, server } = pair;
    if (client.closed && server.closed) this.#pairs.delete(pair);
    if (this.#hidesEnds) return;
    client.destroy();
    server.destroy();
  }

  /** Passes on one way of a connection. */
  #pass(pair: Pair, from: Socket, to: Socket, lossy: Line): void {
    const way = new FaultWay(from, to, {
      open: () => this.#untilOpen(),
      latencyMs: () => this.#latencyMs,
      bytesPerS: () => this.#bytesPerS,
    });
    from.on("data", (chunk: Buffer) => {
      if (this.#line === Line.BlackHole || this.#line === lossy) pair.torn.add(lossy);
      // Once both ways could pass again, a connection with a hole is to be given up, not to look alive.
      if (pair.torn.has(lossy) || (pair.torn.size > 0 && this.#line === Line.Open)) {
        this.#lostBytes += chunk.length;
      } else {
        way.send(chunk);
      }
    });
  }

  async #untilOpen(): Promise<void> {
    while (this.#line === Line.Stalled) await this.#opened.promise;
  }
}
