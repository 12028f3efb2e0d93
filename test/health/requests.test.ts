import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { createHealth } from "../../src/health.ts";
import { createSystem, defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { exchange, rawRequest } from "../_support/raw-http.ts";

const logger = createLogger({ level: "silent" });
const health = createHealth({
  logger,
  checks: {
    db: () => {},
    cache: () => Promise.reject(Object.assign(new Error("no"), { code: "ECONNREFUSED" })),
    mail: { check: () => false, required: false },
  },
});

const overFetch = (path: string, method: string): Promise<Response> =>
  health.fetch(new Request(`http://pod:3000${path}`, { method }));

async function overHttp(
  path: string,
  method: string,
  listener: RequestListener = health.handler,
): Promise<Response> {
  const { port, close } = await serve(listener);
  const headers = { Connection: "close" };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
  close();
  return response;
}

async function serve(listener: RequestListener): Promise<{ port: number; close: () => void }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, close: () => server.close() };
}

for (const [server, send] of Object.entries({ fetch: overFetch, "node:http": overHttp })) {
  describe(`a probe over ${server}`, () => {
    it("is answered with JSON, which no cache may keep", async () => {
      const response = await send("/readyz", "GET");

      assert.equal(response.status, 503);
      assert.match(String(response.headers.get("content-type")), /^application\/json/);
      assert.equal(response.headers.get("cache-control"), "no-store");
      const { status, checks } = (await response.json()) as {
        status: string;
        checks: Record<string, { status: string }>;
      };
      assert.equal(status, "failed");
      assert.deepEqual(Object.keys(checks), ["drain", "db", "cache", "mail"]);
    });

    it("is answered line by line with ?verbose, as by Kubernetes", async () => {
      const response = await send("/readyz?verbose", "GET");

      assert.equal(
        await response.text(),
        "[+]drain ok\n[+]db ok\n[-]cache failed: ECONNREFUSED\n[!]mail degraded: ERR_CHECK_FAILED\nreadyz check failed\n",
      );
    });

    it("leaves checks out with ?exclude", async () => {
      const response = await send("/readyz?exclude=cache&exclude=mail&verbose", "GET");

      assert.equal(response.status, 200);
      assert.equal(await response.text(), "[+]drain ok\n[+]db ok\nreadyz check passed\n");
    });

    it("may be a HEAD, and nothing else that has no answer", async () => {
      const head = await send("/livez", "HEAD");
      const post = await send("/livez", "POST");
      const other = await send("/healthz", "GET");

      assert.deepEqual([head.status, await head.text()], [200, ""]);
      assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
      assert.equal(other.status, 404);
    });
  });
}

describe("the handler", () => {
  it("leaves other paths to the next one", async () => {
    const listener: RequestListener = (request, response) => {
      health.handler(request, response, () => response.end("next"));
    };

    const next = await overHttp("/orders", "GET", listener);
    const live = await overHttp("/livez", "GET", listener);

    assert.equal(await next.text(), "next");
    assert.equal(live.status, 200);
  });
});

describe("a probe that cannot be answered", () => {
  const broken = createHealth({
    logger,
    systems: [
      {
        name: "main",
        health: () => {
          throw new Error("no health");
        },
      },
    ],
  });

  it("gets a 500, and does not end the process", async () => {
    const response = await overHttp("/livez", "GET", broken.handler);

    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /no health/);
  });

  it("is passed to the next handler as an error", async () => {
    const response = await overHttp("/readyz", "GET", (request, answer) => {
      broken.handler(request, answer, (error) => answer.end(String(error)));
    });

    assert.equal(await response.text(), "Error: no health");
  });

  it("leaves an answer alone that was begun meanwhile", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const slow = createHealth({ logger, checks: { db: () => begun } });

    const response = await overHttp("/readyz", "GET", (request, answer) => {
      slow.handler(request, answer);
      answer.writeHead(504).flushHeaders();
      begin();
      void slow.readyz().then(() => setImmediate(() => answer.end("too slow")));
    });

    assert.equal(response.status, 504);
    assert.equal(await response.text(), "too slow");
  });
});

describe("a target with two slashes at its start", () => {
  it("is another path", async () => {
    const { port, close } = await serve(health.handler);

    const { statuses } = await exchange(
      port,
      rawRequest("//pod/livez", ["Host: pod", "Connection: close"]),
    );

    close();
    assert.deepEqual(statuses, [404]);
  });
});

describe("a check that asks an actor", () => {
  it("opens no spans", async () => {
    const telemetry = inMemoryTelemetry();
    const system = createSystem(telemetry.systemOptions);
    const echo = system.spawn(defineActor("echo", { handlers: { ping: () => "pong" } }));
    const { readyz } = createHealth({ logger, checks: { echo: () => echo.ask.ping() } });
    await echo.whenReady();
    const before = telemetry.spans().length;

    const { status } = await readyz();

    assert.equal(status, 200);
    assert.equal(telemetry.spans().length, before);
    await system.shutdown();
  });
});
