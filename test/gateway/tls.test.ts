import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { createGateway, expose } from "../../src/gateway.ts";
import { defineKeyedActor, event } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";
import { selfSigned } from "../_support/self-signed.ts";

const { key, cert } = selfSigned();
const SHOP = "https://shop.example";
const room = defineKeyedActor("room", {
  state: () => 0,
  events: { said: event<string>() },
  handlers: { count: (c) => (c.state += 1) },
});

interface Open extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

async function open(): Promise<Open> {
  const opened = openSystem({});
  const gateway = await createGateway(opened.system, {
    actors: [expose(room, { calls: { count: [] } })],
    port: 0,
    tls: { key, cert },
    allowedOrigins: [SHOP],
  });
  return {
    url: gateway.url ?? "",
    port: gateway.port ?? 0,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

async function ask(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const sent = request(`${url}/actors/room/a/ask/count`, {
    method: "POST",
    ca: cert,
    servername: "localhost",
    headers: { "content-type": "application/json", ...headers },
    agent: false,
  });
  sent.end("[]");
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  return response;
}

describe("a gateway with TLS", () => {
  it("answers calls over https and wss", async () => {
    await using gateway = await open();
    assert.match(gateway.url, /^https:/);

    const response = await ask(gateway.url);
    const socket = new WebSocket(`${gateway.url.replace("https", "wss")}/connect`, "limelight", {
      ca: cert,
    });
    await once(socket, "open");
    socket.send(JSON.stringify({ t: "hello", v: [1] }));
    const [welcome] = await once(socket, "message");

    assert.equal(response.statusCode, 200);
    assert.equal(JSON.parse(String(welcome)).t, "welcome");
    socket.close();
    await once(socket, "close");
  });

  it("has the rules for hosts and origins", async () => {
    await using gateway = await open();

    const own = await ask(gateway.url, { origin: gateway.url });
    const shop = await ask(gateway.url, { origin: SHOP, "sec-fetch-site": "cross-site" });
    const plainShop = await ask(gateway.url, { origin: SHOP.replace("https", "http") });
    const foreign = await ask(gateway.url, { host: "evil.example" });

    assert.deepEqual(
      [own, shop, plainShop, foreign].map(({ statusCode }) => statusCode),
      [200, 200, 403, 403],
    );
    assert.equal(shop.headers["access-control-allow-origin"], SHOP);
  });

  it("closes connections that speak plain HTTP, and goes on", async () => {
    await using gateway = await open();
    const socket = connect(gateway.port, "127.0.0.1");
    socket.on("error", () => {}); // a reset is a clear refusal, too
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });

    socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket, "close");

    assert.doesNotMatch(answer, /200 OK/);
    assert.equal((await ask(gateway.url)).statusCode, 200);
  });
});
