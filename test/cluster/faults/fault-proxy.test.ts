import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { End, FaultProxy, Line } from "../../_support/fault-proxy.ts";
import { eventually } from "../../_support/stack-program.ts";

/** A server that keeps what it gets and says what it is told, and a client of it behind a proxy. */
class World implements AsyncDisposable {
  readonly proxy: FaultProxy;
  readonly client: Socket;
  readonly server: Socket;
  atServer = "";
  atClient = "";
  readonly #close: () => void;

  private constructor(proxy: FaultProxy, client: Socket, server: Socket, close: () => void) {
    this.proxy = proxy;
    this.client = client;
    this.server = server;
    this.#close = close;
    server
      .on("error", () => {})
      .on("data", (chunk: Buffer) => {
        this.atServer += chunk.toString();
      });
    client
      .on("error", () => {})
      .on("data", (chunk: Buffer) => {
        this.atClient += chunk.toString();
      });
  }

  static async open(): Promise<World> {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const proxy = await FaultProxy.start((listener.address() as AddressInfo).port);
    const accepted = once(listener, "connection");
    const client = connect(Number(proxy.address.split(":")[1]), "127.0.0.1");
    const [server] = (await accepted) as [Socket];
    return new World(proxy, client, server, () => listener.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    this.client.destroy();
    this.server.destroy();
    this.#close();
  }
}

describe("the fault proxy", () => {
  it("passes on both ways, in order, regardless of the latency", async () => {
    await using world = await World.open();

    world.proxy.slow(20);
    world.client.write("a");
    await eventually("a", () => (world.atServer === "a" ? true : undefined));
    world.client.write("b");
    world.proxy.slow(0);
    world.client.write("c");
    world.server.write("x");

    await eventually("all", () =>
      world.atServer === "abc" && world.atClient === "x" ? true : undefined,
    );
  });

  it("loses replies only, and lets nothing follow the hole", async () => {
    await using world = await World.open();
    const { proxy } = world;
    proxy.set(Line.NoReplies);

    world.server.write("lost");
    await eventually("lost", () => (proxy.lostBytes === 4 ? true : undefined));
    world.client.write("arrives");
    await eventually("arrived", () => (world.atServer === "arrives" ? true : undefined));
    proxy.set(Line.Open);
    world.server.write("late");
    await eventually("lost too", () => (proxy.lostBytes === 8 ? true : undefined));

    assert.equal(world.atClient, "");
    assert.equal(proxy.connections, 1);
  });

  it("swallows both ways as a black hole", async () => {
    await using world = await World.open();
    world.proxy.set(Line.BlackHole);

    world.client.write("ab");
    world.server.write("cd");

    await eventually("lost", () => (world.proxy.lostBytes === 4 ? true : undefined));
    assert.equal(world.atServer + world.atClient, "");
  });

  it("holds both ways while it is stalled, and loses nothing", async () => {
    await using world = await World.open();
    const { proxy } = world;

    proxy.set(Line.Stalled);
    world.client.write("ab");
    proxy.slow(20); // what waits already is not delayed again
    world.server.write("x");
    proxy.set(Line.BlackHole); // what arrived before a loss is on its way
    proxy.set(Line.Stalled);
    proxy.set(Line.Open);

    await eventually("all", () =>
      world.atServer === "ab" && world.atClient === "x" ? true : undefined,
    );
    assert.equal(proxy.lostBytes, 0);
  });

  it("lets bytes trickle in order, and makes the sender wait for what is too much", async () => {
    await using world = await World.open();
    const { client, proxy } = world;
    const texts = Array.from({ length: 300 }, (_, at) => `${at} `.repeat(30_000));
    proxy.trickle(100);

    client.write("begin ");
    for (const text of texts) client.write(text);
    await eventually("begun", () => (world.atServer.startsWith("beg") ? true : undefined));
    assert.ok(world.atServer.length < 1_000);
    assert.ok(client.writableLength > 0);
    proxy.trickle(Infinity);

    const all = `begin ${texts.join("")}`;
    await eventually("all", () => (world.atServer.length === all.length ? true : undefined));
    assert.equal(world.atServer, all);
  });

  it("does not tell the server of a client that is gone, while ends are hidden", async () => {
    await using world = await World.open();
    const { proxy, server } = world;

    proxy.hideEnds();
    proxy.reset([End.Client]);
    await eventually("half open", () => (proxy.halfOpen === 1 ? true : undefined));
    server.write("nobody reads this");
    assert.equal(proxy.connections, 0);
    assert.ok(!server.closed && server.writable);
    proxy.showEnds();
    proxy.reset();

    await eventually("gone", () => (proxy.halfOpen === 0 ? true : undefined));
    await eventually("closed", () => server.closed || undefined);
  });

  it("does not tell a client that the server is gone, while ends are hidden", async () => {
    await using world = await World.open();
    const { proxy, client } = world;

    proxy.hideEnds();
    proxy.reset([End.Server]);
    await eventually("half open", () => (proxy.halfOpen === 1 ? true : undefined));

    assert.ok(!client.closed && client.writable);
  });

  it("resets connections", async () => {
    await using world = await World.open();
    const failed = once(world.client.removeAllListeners("error"), "close").then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );

    world.proxy.reset();

    assert.equal(await failed, "ECONNRESET");
    await eventually("gone", () => (world.proxy.connections === 0 ? true : undefined));
  });
});
