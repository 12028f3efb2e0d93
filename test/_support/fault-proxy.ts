import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/**
 * What a proxy does to connections.
 *
 * @enum
 */
export const Line = {
  /** Everything passes. */
  Open: "open",
  /** Nothing passes in either way, and nobody is told: connections stay, new ones are taken and lead nowhere. */
  BlackHole: "black_hole",
  /** What clients send arrives; what the server sends is lost. */
  NoReplies: "no_replies",
  /** What clients send is lost; what the server sends arrives. */
  NoRequests: "no_requests",
} as const;
export type Line = (typeof Line)[keyof typeof Line];

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
  /** Added to each way, in milliseconds. */
  #latencyMs = 0;
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

  /** Connections that are open. */
  get connections(): number {
    return this.#pairs.size;
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
  }

  /** Delays what is sent from now on, each way. The order is kept. */
  slow(latencyMs: number): void {
    this.#latencyMs = latencyMs;
  }

  /** Resets all connections (RST). New ones are taken. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.reset();
    await closed;
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    client.setNoDelay(true);
    const pair: Pair = { client, server, torn: new Set() };
    this.#pairs.add(pair);
    this.#pass(pair, client, server, Line.NoRequests);
    this.#pass(pair, server, client, Line.NoReplies);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.once("close", end).on("error", end);
  }

  /** Passes on one way of a connection. */
  #pass(pair: Pair, from: Socket, to: Socket, lossy: Line): void {
    // One after the other: a chunk that has less latency than the one before must not overtake it.
    let last: Promise<unknown> = Promise.resolve();
    from.on("data", (chunk: Buffer) => {
      if (this.#line === Line.BlackHole || this.#line === lossy) pair.torn.add(lossy);
      // Once both ways could pass again, a connection with a hole is to be given up, not to look alive.
      if (pair.torn.has(lossy) || (pair.torn.size > 0 && this.#line === Line.Open)) {
        this.#lostBytes += chunk.length;
        return;
      }
      const latency = this.#latencyMs === 0 ? last : Promise.all([last, delay(this.#latencyMs)]);
      last = latency.then(() => {
        if (to.writable) to.write(chunk);
      });
    });
  }
}
