import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { createGateway } from "../../../src/gateway.ts";
import { exposedRoom, openSockets, RawClient } from "../../_support/socket-kit.ts";

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

  it("refuses upgrades that no other listener of the server takes", async () => {
    await using kit = await openSockets();
    const gateway = await createGateway(kit.system, { actors: [exposedRoom], basePath: "/api" });
    const server = createServer((_request, response) => void response.end("own"));
    gateway.attach(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;

    const answers: unknown[] = [];
    for (const upgrade of ["websocket", "h2c"]) {
      const headers = { connection: "Upgrade", upgrade };
      const request = get({ port, host: "127.0.0.1", path: "/connect", headers });
      const [response] = await once(request, "response");
      const { error } = (await json(response)) as { error: { code: string } };
      answers.push([response.statusCode, error.code]);
    }

    assert.deepEqual(answers, [
      [404, "ERR_NOT_FOUND"],
      [400, "ERR_BAD_REQUEST"],
    ]);
    await gateway.close();
    server.closeAllConnections();
    server.close();
  });
});
