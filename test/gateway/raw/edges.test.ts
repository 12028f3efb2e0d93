import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as nodeRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, it } from "node:test";
import { createGateway, expose, type Gateway, type GatewayOptions } from "../../../src/gateway.ts";
import { defineKeyedActor } from "../../../src/index.ts";
import { type OpenManualSystem, openManualSystem } from "../../_support/actor-system.ts";
import { codeOf } from "../../_support/gateway-kit.ts";

/** Gives the first chunk of `/slow`. */
let giveFirst: () => void = () => {};

/** A body whose first chunk comes when the test gives it. */
function slow(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      giveFirst = () => {
        controller.enqueue(Buffer.from("first"));
        controller.close();
      };
    },
  });
}

/** One chunk, and then an error. */
function breaking(): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream({
    pull(controller) {
      if (isFirst) controller.enqueue(Buffer.from("part"));
      else controller.error(new Error("inner"));
      isFirst = false;
    },
  });
}

async function readFirst(): Promise<Response> {
  const response = new Response("read");
  await response.text();
  return response;
}

function locked(): Response {
  const response = new Response("locked");
  response.body?.getReader();
  return response;
}

const cookies = new Headers([
  ["set-cookie", "a=1"],
  ["set-cookie", "b=2"],
  ["set-cookie", "c=3"],
]);

const site = defineKeyedActor("site", {
  state: () => 0,
  handlers: {},
  onRequest(_c, request): Response | Promise<Response> {
    switch (new URL(request.url).pathname) {
      case "/slow":
        return new Response(slow());
      case "/breaks":
        return new Response(breaking());
      case "/text":
        return request.text().then((text) => new Response(text));
      case "/read":
        return readFirst();
      case "/locked":
        return locked();
      case "/nothing":
        return undefined as never;
      case "/status/101":
        return new Response(null, { status: 101 });
      case "/status/204":
        return new Response("body", { status: 204 });
      case "/empty/204":
        return new Response(null, { status: 204 });
      case "/empty/304":
        return new Response(null, { status: 304 });
      case "/cookies":
        return new Response("a", { headers: cookies });
      case "/huge":
        return new Response("a", { headers: { "x-huge": "h".repeat(20_000) } });
      case "/never":
        return new Promise(() => {});
      default:
        return new Response("hello");
    }
  },
});
const actors = [expose(site, { requests: ["GET", "HEAD", "POST"] })];

interface Open extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly opened: OpenManualSystem;
  readonly url: string;
}

async function open(options: Partial<GatewayOptions> = {}): Promise<Open> {
  const opened = openManualSystem();
  const given = { actors, port: 0, ...options } as GatewayOptions;
  const gateway = await createGateway(opened.system, given);
  return {
    gateway,
    opened,
    url: `${gateway.url}/actors/site/a/request`,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

describe("responses of onRequest", () => {
  it("begin before the first part of their body", async () => {
    await using opened = await open();

    const response = await fetch(`${opened.url}/slow`); // resolves with the headers
    giveFirst();

    assert.deepEqual([response.status, await response.text()], [200, "first"]);
  });

  it("that are no usable response are answered with 500, and the next one is answered", async () => {
    await using opened = await open();

    for (const path of ["nothing", "read", "locked", "status/101", "status/204"]) {
      const response = await fetch(`${opened.url}/${path}`);
      assert.deepEqual([response.status, await codeOf(response)], [500, "ERR_INTERNAL"], path);
    }
    assert.equal(await (await fetch(opened.url)).text(), "hello");
  });

  it("without a body have none", async () => {
    await using opened = await open();

    for (const status of [204, 304]) {
      const response = await fetch(`${opened.url}/empty/${status}`);
      assert.deepEqual([response.status, await response.text()], [status, ""]);
    }
    const head = await fetch(`${opened.url}/slow`, { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
  });

  it("have each of several cookies, and headers of any length", async () => {
    await using opened = await open({ auth: () => ({ id: "alice" }) });
    const headers = { authorization: "Bearer x" };

    const { headers: given } = await fetch(`${opened.url}/cookies`, { headers });
    const sent = nodeRequest(`${opened.url}/huge`, { headers, maxHeaderSize: 65_536 });
    sent.end();
    const [huge] = await once(sent, "response");
    huge.resume();

    assert.deepEqual(given.getSetCookie(), ["a=1", "b=2", "c=3"]);
    assert.equal(huge.headers["x-huge"].length, 20_000);
  });

  it("are cut off where their body fails", async () => {
    await using opened = await open();

    const response = await fetch(`${opened.url}/breaks`);

    assert.equal(response.status, 200);
    await assert.rejects(response.text());
  });

  it("reach clients of HTTP/1.0, whose connection ends with the body", async () => {
    await using opened = await open();
    const socket = connect(opened.gateway.port ?? 0, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });

    socket.write(
      `GET /actors/site/a/request/ HTTP/1.0\r\nHost: 127.0.0.1:${opened.gateway.port}\r\n\r\n`,
    );
    await once(socket, "close");

    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(answer, /transfer-encoding/i);
    assert.match(answer, /\r\n\r\nhello$/);
  });
});

describe("requests for onRequest that take too long", () => {
  it("are answered with 504 after callTimeoutMs", async () => {
    await using opened = await open({ limits: { callTimeoutMs: 1_000 } });
    const { clock, system } = opened.opened;

    const pending = fetch(`${opened.url}/never`);
    while (system.books().started === 0) await new Promise(setImmediate);
    await clock.advance(1_001);
    const response = await pending;

    assert.deepEqual([response.status, await codeOf(response)], [504, "ERR_ASK_TIMEOUT"]);
  });

  it("are cut off at the deadline of the drain, and counted", async () => {
    await using opened = await open();
    const response = await fetch(`${opened.url}/slow`);

    const report = await opened.gateway.close({ deadlineMs: 50 });

    await assert.rejects(response.text());
    assert.deepEqual([report.answered, report.unknown], [0, 1]);
  });

  it("are cut off in another server, too", async () => {
    await using opened = await open({ port: undefined as never, basePath: "/api" });
    const server = createServer((request, response) => opened.gateway.handler(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const byNode = await fetch(`${url}/api/actors/site/a/request/slow`);
    const byFetch = await opened.gateway.fetch(
      new Request("http://localhost/api/actors/site/b/request/slow"),
    );

    const closing = opened.gateway.close({ deadlineMs: 50 });
    await opened.opened.clock.advance(51);
    const report = await closing;

    await assert.rejects(byNode.text());
    await assert.rejects(byFetch.text());
    assert.equal(report.unknown, 2);
    server.closeAllConnections();
    server.close();
  });
});

describe("bodies that Express has parsed", () => {
  it("are bytes for the actor if they are a buffer, and an error of the server otherwise", async () => {
    await using opened = await open({ port: undefined as never, basePath: "/api" });
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const isRaw = request.headers["content-type"] === "application/octet-stream";
      Object.assign(request, { body: isRaw ? bytes : JSON.parse(bytes.toString()) });
      opened.gateway.handler(request, response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const post = (type: string): Promise<Response> =>
      fetch(`${url}/api/actors/site/a/request/text`, {
        method: "POST",
        headers: { "content-type": type },
        body: '{"a":1}',
      });

    const raw = await post("application/octet-stream");
    const parsed = await post("application/json");

    assert.deepEqual([raw.status, await raw.text()], [200, '{"a":1}']);
    assert.deepEqual([parsed.status, await codeOf(parsed)], [500, "ERR_INTERNAL"]);
    server.closeAllConnections();
    server.close();
  });
});

describe("preflights of requests for onRequest", () => {
  it("allow the headers that are asked for, except those of proxies", async () => {
    await using opened = await open({ allowedOrigins: ["https://shop.example"] });
    const ask = (path: string): Promise<Response> =>
      opened.gateway.fetch(
        new Request(`${opened.gateway.url}${path}`, {
          method: "OPTIONS",
          headers: {
            origin: "https://shop.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "x-own,x-forwarded-for, bad name,if-match",
          },
        }),
      );
    const known = "authorization, content-type, x-request-id, traceparent, tracestate, baggage";

    const raw = await ask("/actors/site/a/request/text");
    const call = await ask("/actors/site/a/ask/text");

    const names = [raw, call].map(({ headers }) => headers.get("access-control-allow-headers"));
    assert.deepEqual(names, [`${known}, x-own, if-match`, known]);
    assert.equal(raw.headers.get("access-control-allow-credentials"), null);
  });
});

describe("requests that ask for HTTP/2 in passing", () => {
  it("are answered by HTTP/1.1, or refused where Node cannot do that", async () => {
    await using opened = await open();
    const socket = connect(opened.gateway.port ?? 0, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const canIgnore = major > 24 || (major === 24 && minor >= 9);

    socket.write(
      `GET /actors/site/a/request/ HTTP/1.1\r\nHost: 127.0.0.1:${opened.gateway.port}\r\nUpgrade: h2c\r\n` +
        "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    );
    while (!answer.includes("\r\n\r\n")) await new Promise(setImmediate);

    assert.match(answer, canIgnore ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 400 /);
    socket.destroy();
  });
});
