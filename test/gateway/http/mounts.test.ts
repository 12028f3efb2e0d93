import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { context, type Span, trace } from "@opentelemetry/api";
import { RPCType, setRPCMetadata } from "@opentelemetry/core";
import type { AbortNotice } from "../../../src/base/async/abort-notice.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";
import { type GatewayKit, openKit, post } from "../../_support/gateway-kit.ts";

const ASK = "/api/actors/cart/a/ask/add";
const MOUNTED = { port: undefined as never, basePath: "/api" };

interface Mounted extends AsyncDisposable {
  readonly url: string;
}

async function serve(listener: RequestListener): Promise<Mounted> {
  const server: Server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Reads the body as `express.json()` does, and removes a mount path from the target. */
async function asExpress(request: Parameters<RequestListener>[0], mount = ""): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const { url = "" } = request;
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  Object.assign(request, { body, originalUrl: url, url: url.slice(mount.length) });
}

describe("a gateway mounted in node:http", () => {
  it("answers its own paths, and passes on all others", async () => {
    await using kit = await openKit({ gateway: MOUNTED });
    await using app = await serve((request, response) =>
      kit.gateway.handler(request, response, () => response.end(`app ${request.url}`)),
    );
    const other = [
      "/",
      "/api",
      "/api/orders",
      "/apis/livez",
      "/livez",
      "//api/livez",
      "/x?/api/livez",
    ];

    assert.equal(kit.gateway.url, undefined);
    assert.deepEqual(await (await post(app.url + ASK, ["lamp"])).json(), ["lamp"]);
    assert.equal((await fetch(`${app.url}/api/livez`)).status, 200);
    assert.equal((await fetch(`${app.url}/api/actors/nothing`)).status, 404);
    for (const path of other) {
      assert.equal(await (await fetch(app.url + path)).text(), `app ${path}`);
    }
  });

  it("answers 404 where there is nothing to pass on to", async () => {
    await using kit = await openKit({ gateway: MOUNTED });
    await using app = await serve(kit.gateway.handler);

    assert.equal((await fetch(`${app.url}/orders`)).status, 404);
  });

  it("answers to names of loopback only, unless others are allowed", async () => {
    await using kit = await openKit({ gateway: MOUNTED });
    await using app = await serve(kit.gateway.handler);
    const { port } = new URL(app.url);

    const { status } = await kit.gateway.fetch(
      new Request(`http://evil.example${ASK}`, { method: "POST" }),
    );
    const mapped = await kit.gateway.fetch(new Request("http://localhost:9000/api/livez"));

    assert.equal(status, 403);
    assert.equal(mapped.status, 200, `another port than ${port}, as of a container`);
  });

  it("takes a body that a middleware has parsed, with the same checks", async () => {
    await using kit = await openKit({ gateway: MOUNTED });
    await using app = await serve(async (request, response) => {
      await asExpress(request);
      kit.gateway.handler(request, response);
    });

    assert.deepEqual(await (await post(app.url + ASK, ["lamp", 2])).json(), ["lamp", 2]);
    assert.equal((await post(app.url + ASK, JSON.parse('[{"__proto__":1}]'))).status, 400);
    assert.equal((await post(app.url + ASK, { no: "array" })).status, 400);
  });

  it("says in the log that a body was read and not kept", async () => {
    await using kit = await openKit({ gateway: MOUNTED });
    await using app = await serve(async (request, response) => {
      for await (const _ of request);
      kit.gateway.handler(request, response);
    });

    const response = await post(app.url + ASK, []);

    assert.equal(response.status, 500);
    const [line] = kit.lines.filter(({ event }) => event === "gateway.internal_error");
    assert.match(JSON.stringify(line), /read by a handler in front/);
  });

  it("finds its paths where a framework has removed the mount path", async () => {
    await using kit = await openKit({ gateway: MOUNTED });
    await using app = await serve(async (request, response) => {
      await asExpress(request, "/api");
      kit.gateway.handler(request, response, () => response.end("app"));
    });

    assert.deepEqual(await (await post(app.url + ASK, ["lamp"])).json(), ["lamp"]);
  });

  it("sends nothing where another handler has answered", async () => {
    let reply = (): void => {};
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    await using kit = await openKit({
      gateway: MOUNTED,
      answer(_request, answer) {
        reply = () => answer.reply("1");
        arrive();
      },
    });
    await using app = await serve((request, response) => {
      kit.gateway.handler(request, response);
      void arrived.then(() => response.writeHead(504).end("late"));
    });

    const response = await post(app.url + ASK, []);
    reply();

    assert.deepEqual([response.status, await response.text()], [504, "late"]);
    await kit.gateway.close();
  });
});

describe("a gateway as a function of a Request", () => {
  const request = (path: string, init: RequestInit = {}): Request =>
    new Request(`http://localhost:3000${path}`, init);
  const json = (body: string, headers: Record<string, string> = {}): RequestInit => ({
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });

  async function withKit(run: (kit: GatewayKit) => Promise<void>): Promise<void> {
    await using kit = await openKit({
      gateway: { ...MOUNTED, limits: { bodyBytes: 1_000, headers: 20 } },
    });
    await run(kit);
  }

  it("answers as its own server does", () =>
    withKit(async ({ gateway }) => {
      const rows: readonly (readonly [path: string, init: RequestInit, status: number])[] = [
        [ASK, json('["lamp"]'), 200],
        [ASK.replace("ask", "tell"), json("[]"), 202],
        ["/api/livez", {}, 200],
        ["/api/livez", { method: "HEAD" }, 200],
        ["/api/connect", {}, 426],
        ["/api/nothing", {}, 404],
        ["/elsewhere", {}, 404],
        [ASK, { method: "GET" }, 405],
        [ASK, json(`["${"x".repeat(1_000)}"]`), 413],
        [ASK, { method: "POST", body: "[]" }, 415],
        [ASK, json("["), 400],
        [ASK, { method: "POST", headers: { "content-type": "application/json" } }, 400],
        [ASK, json("[]", { origin: "https://evil.example" }), 403],
        [
          ASK,
          json("[]", Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`x-${at}`, "1"]))),
          431,
        ],
        ["/api/actors/cart/%zz/ask/add", json("[]"), 400],
      ];
      for (const [path, init, status] of rows) {
        const response = await gateway.fetch(request(path, init));
        assert.equal(response.status, status, `${init.method} ${path}`);
        assert.match(response.headers.get("x-request-id") ?? "", /^[0-9a-z]{21}$/);
        assert.equal(response.headers.get("x-content-type-options"), "nosniff");
        assert.equal(
          (await response.text()) === "",
          status === 202 || init.method === "HEAD",
          path,
        );
      }
    }));

  it("ends the call when the request is aborted", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<AbortNotice>();
    await using kit = await openKit({
      gateway: MOUNTED,
      answer({ signal }, answer) {
        signal.addEventListener("abort", () =>
          answer.fail({ status: 500, code: "ERR_ABORTED", message: "gone", outcome: "unknown" }),
        );
        arrive(signal);
      },
    });
    const abort = new AbortController();
    const pending = kit.gateway.fetch(request(ASK, { ...json("[]"), signal: abort.signal }));
    const signal = await arrived;

    abort.abort();

    assert.equal((await pending).status, 500);
    assert.ok(signal.aborted);
  });
});

describe("a gateway mounted in a server that is instrumented", () => {
  it("uses its span, and counts no request of its own", async () => {
    const telemetry = inMemoryTelemetry();
    await using kit = await openKit({ gateway: MOUNTED, system: telemetry.systemOptions });
    const tracer = telemetry.tracerProvider.getTracer("http");
    await using app = await serve((request, response) => {
      const span = tracer.startSpan("POST", { kind: 1 });
      context.with(trace.setSpan(context.active(), span), () =>
        kit.gateway.handler(request, response),
      );
      response.once("finish", () => span.end());
    });

    const response = await post(app.url + ASK, [], {
      "x-request-id": "request-1",
      traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01`,
    });

    const [span, ...others] = telemetry.spans();
    const { traceId, spanId } = span!.spanContext();
    assert.deepEqual(others, []);
    assert.deepEqual(
      [span?.attributes["http.route"], span?.attributes["actor.request.id"]],
      ["/api/actors/cart/{key}/ask/add", "request-1"],
    );
    assert.equal(response.headers.get("traceresponse"), `00-${traceId}-${spanId}-01`);
    assert.deepEqual(await telemetry.points("http.server.request.duration"), []);
  });

  it("finds the span of the server behind that of a middleware, and tells its instrumentation the route", async () => {
    const telemetry = inMemoryTelemetry();
    await using kit = await openKit({ gateway: MOUNTED, system: telemetry.systemOptions });
    const tracer = telemetry.tracerProvider.getTracer("http");
    const metadata: { type: RPCType.HTTP; span: Span; route?: string }[] = [];
    await using app = await serve((request, response) => {
      const span = tracer.startSpan("POST", { kind: 1 });
      const rpc = { type: RPCType.HTTP as const, span };
      metadata.push(rpc);
      const server = setRPCMetadata(trace.setSpan(context.active(), span), rpc);
      const middleware = tracer.startSpan("middleware", {}, server);
      context.with(trace.setSpan(server, middleware), () => kit.gateway.handler(request, response));
      response.once("finish", () => {
        middleware.end();
        span.end();
      });
    });

    const response = await post(app.url + ASK, [], { "x-request-id": "request-1" });

    const [middleware, server] = telemetry.spans();
    assert.equal(metadata[0]?.route, "/api/actors/cart/{key}/ask/add");
    assert.equal(server?.attributes["actor.request.id"], "request-1");
    assert.deepEqual(middleware?.attributes, {});
    const { traceId, spanId } = server!.spanContext();
    assert.equal(response.headers.get("traceresponse"), `00-${traceId}-${spanId}-01`);
  });

  it("has a span and metrics of its own where nothing else has", async () => {
    const telemetry = inMemoryTelemetry();
    await using kit = await openKit({ gateway: MOUNTED, system: telemetry.systemOptions });
    await using app = await serve(kit.gateway.handler);

    await post(app.url + ASK, []);

    assert.equal(telemetry.spansNamed("POST /api/actors/cart/{key}/ask/add").length, 1);
    assert.equal((await telemetry.points("http.server.request.duration")).length, 1);
  });
});
