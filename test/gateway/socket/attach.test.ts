import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { createGateway } from "../../../src/gateway.ts";
import { exchange, rawRequest } from "../../_support/raw-http.ts";
import { exposedRoom, openSockets, RawClient, type SocketKit } from "../../_support/socket-kit.ts";

describe("a gateway that is attached to a server", () => {
  it("takes the sockets for its path, and leaves all others", async () => {
    await using kit = await openSockets();
    const gateway = await createGateway(kit.system, { actors: [exposedRoom], basePath: "/api" });
    const server = createServer((_request, response) => void response.end("own"));
    const own = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      if (request.url !== "/own") return;
      own.handleUpgrade(request, socket, head, (opened) => opened.send("own"));
    });
    gateway.attach(server);
    gateway.attach(server); // has no effect: each socket would be taken twice
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;

    const client = new RawClient(`http://127.0.0.1:${port}/api`);
    await client.hello();
    await client.open();
    const other = new WebSocket(`ws://127.0.0.1:${port}/own`);
    const [data] = await once(other, "message");

    assert.equal((await client.ask(1, "people")).r, 1);
    assert.equal(String(data), "own");
    const foreign = new RawClient(`http://127.0.0.1:${port}/api`, {
      headers: { host: "evil.example" },
    });
    await foreign.closed();
    assert.equal(foreign.status, 403);
    const closing = gateway.close();
    assert.equal(await client.closed(), 1001);
    assert.equal((await closing).sockets, 1);
    other.terminate();
    server.closeAllConnections();
    server.close();
  });

  /** A server with its own pages, and two gateways. */
  async function openTwo(kit: SocketKit) {
    const open = (basePath: string) =>
      createGateway(kit.system, { actors: [exposedRoom], basePath });
    const [one, two] = [await open("/one"), await open("/two")];
    const server = createServer((_request, response) => void response.end("own"));
    one.attach(server);
    two.attach(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return {
      server,
      port,
      async [Symbol.asyncDispose]() {
        await Promise.all([one.close(), two.close()]);
        server.closeAllConnections();
        server.close();
      },
    };
  }
  const asking = (path: string, protocol: string): string =>
    rawRequest(path, ["Host: x", "Connection: Upgrade, close", `Upgrade: ${protocol}`]);

  it("answers other requests for an upgrade as if they asked for none", async () => {
    await using kit = await openSockets();
    await using opened = await openTwo(kit);

    for (const [path, protocol] of [
      ["/page", "h2c"],
      ["/nothing", "websocket"],
      ["/one/connect/", "websocket"],
    ] as const) {
      const { statuses, text } = await exchange(opened.port, asking(path, protocol));
      assert.deepEqual([statuses, text.endsWith("own")], [[200], true], path);
    }
    for (const path of ["/one", "/two"]) {
      await new RawClient(`http://127.0.0.1:${opened.port}${path}`).hello();
    }
  });

  it("refuses them where Node cannot do that", async () => {
    await using kit = await openSockets();
    await using opened = await openTwo(kit);
    Object.assign(opened.server, { shouldUpgradeCallback: () => true }); // as before Node 24.9

    for (const [protocol, status, code] of [
      ["h2c", 400, "ERR_BAD_REQUEST"],
      ["websocket", 404, "ERR_NOT_FOUND"],
    ] as const) {
      const { statuses, text } = await exchange(opened.port, asking("/page", protocol));
      assert.deepEqual([statuses, text.includes(`"${code}"`)], [[status], true]);
    }
    await new RawClient(`http://127.0.0.1:${opened.port}/two`).hello();
  });

  it("says in a server to which it is not attached what is missing", async () => {
    await using kit = await openSockets();
    const gateway = await createGateway(kit.system, { actors: [exposedRoom], basePath: "/api" });
    const server = createServer((request, response) => gateway.handler(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;

    const headers = { connection: "Upgrade", upgrade: "websocket" };
    const [response] = await once(
      get({ port, host: "127.0.0.1", path: "/api/connect", headers }),
      "response",
    );

    assert.equal(response.statusCode, 426);
    const { error } = (await json(response)) as { error: { message: string } };
    assert.match(error.message, /`gateway.attach\(server\)` was not called/);
    await gateway.close();
    server.closeAllConnections();
    server.close();
  });
});
