import assert from "node:assert/strict";
import { once } from "node:events";
import { request as nodeRequest } from "node:http";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { createGateway, expose, type Gateway, type GatewayOptions } from "../../../src/gateway.ts";
import { defineKeyedActor, PublicError } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { until } from "../../_support/actor-waiting.ts";
import { codeOf } from "../../_support/gateway-kit.ts";

const MIB = 1_048_576;
const seen: Request[] = [];
const pulled = { bytes: 0 };

function endless(size: number): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull(controller) {
        pulled.bytes += size;
        controller.enqueue(Buffer.alloc(size, "x"));
      },
    },
    { highWaterMark: 0 },
  );
}

/** One chunk, and then nothing. */
function waiting(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("begun")) });
}

const report = defineKeyedActor("report", {
  state: () => ({ asked: 0 }),
  handlers: {
    reasons: (c) => c.awakeReasons().map(({ reason }) => reason as string),
  },
  async onRequest(c, request) {
    c.state.asked += 1;
    seen.push(request);
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/echo":
        return new Response(request.body, { status: 201 });
      case "/text":
        return new Response(await request.text());
      case "/unread":
        return new Response("unread");
      case "/endless":
        return new Response(endless(65_536));
      case "/waits":
        return new Response(waiting());
      case "/breaks":
        return new Response(new ReadableStream({ pull: () => Promise.reject(new Error("inner")) }));
      case "/throws":
        throw new Error("inner");
      case "/denies":
        throw new PublicError("not now", { code: "CLOSED", status: 409 });
      case "/error":
        return Response.error();
      case "/headers":
        return new Response("a", {
          headers: {
            "cache-control": "max-age=60",
            connection: "x-hop",
            "x-hop": "1",
            "x-request-id": "forged",
            "set-cookie": "a=b",
            "content-length": "9",
            "access-control-allow-origin": "*",
            "x-own": "1",
          },
        });
      default:
        return new Response(pathname);
    }
  },
});
const quiet = defineKeyedActor("quiet", { state: () => 0, handlers: {} });
const METHODS = ["GET", "HEAD", "POST"] as const;
const actors = [expose(report, { requests: METHODS }), expose(quiet, {})];

type Changed = Omit<Partial<GatewayOptions>, "port"> & { readonly port?: number | undefined };

interface Open extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly system: ReturnType<typeof openSystem>["system"];
  readonly url: string;
}

async function open(options: Changed = {}): Promise<Open> {
  const { system, ...rest } = openSystem({});
  const gateway = await createGateway(system, { actors, port: 0, ...options } as GatewayOptions);
  seen.length = 0;
  pulled.bytes = 0;
  return {
    gateway,
    system,
    url: `${gateway.url}/actors/report/a,b/request`,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await rest[Symbol.asyncDispose]();
    },
  };
}

/** As `until`, for a condition that asks an actor. */
async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}

async function isIdle({ system }: Open): Promise<boolean> {
  const reasons = await system.get(report, ["a", "b"]).ask.reasons();
  return !reasons.includes("http_request");
}

describe("requests for onRequest", () => {
  it("reach the actor with path, query and body, and are answered with its response", async () => {
    await using opened = await open();

    const rest = await fetch(`${opened.url}/rows%20a/b.csv?x=1`);
    const root = await fetch(opened.url);
    const slash = await fetch(`${opened.url}/dir/`);
    const text = await fetch(`${opened.url}/text`, { method: "POST", body: "hello" });

    assert.deepEqual([rest.status, await rest.text()], [200, "/rows%20a/b.csv"]);
    assert.equal(new URL(seen[0]?.url ?? "").search, "?x=1");
    assert.deepEqual([await root.text(), await slash.text()], ["/", "/dir/"]);
    assert.deepEqual([text.status, await text.text()], [200, "hello"]);
    assert.equal(text.headers.get("x-content-type-options"), "nosniff");
  });

  it("stream both ways", async () => {
    await using opened = await open();
    const body = Buffer.alloc(MIB, "y");

    const response = await fetch(`${opened.url}/echo`, { method: "POST", body });

    assert.equal(response.status, 201);
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(body));
    await eventually(() => isIdle(opened));
  });

  it("need a method that is exposed, and a type that takes them", async () => {
    await using opened = await open();

    const wrong = await fetch(`${opened.url}/text`, { method: "DELETE" });
    const none = await fetch(`${opened.gateway.url}/actors/quiet/a/request/text`);
    const unknown = await fetch(`${opened.gateway.url}/actors/nothing/a/request/text`);

    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, METHODS.join(", ")]);
    assert.deepEqual([none.status, unknown.status], [404, 404]);
    assert.equal(seen.length, 0);
  });

  it("are answered without a body for HEAD", async () => {
    await using opened = await open();

    const response = await fetch(`${opened.url}/endless`, { method: "HEAD" });

    assert.deepEqual([response.status, await response.text()], [200, ""]);
    await eventually(() => isIdle(opened));
  });

  it("are asked of allow by method, before the actor is looked at", async () => {
    const asked: unknown[] = [];
    const allow = (access: unknown): boolean => {
      asked.push(access);
      return false;
    };
    await using opened = await open({ actors: [expose(report, { requests: ["GET"], allow })] });

    const response = await fetch(`${opened.url}/text`);

    assert.equal(response.status, 403);
    const access = { kind: "request", name: "GET", key: ["a", "b"], caller: undefined };
    assert.deepEqual(asked, [access]);
    assert.equal(seen.length, 0);
  });

  it("do not create an actor where create is false", async () => {
    const given = [expose(report, { requests: ["GET"], create: false })];
    await using opened = await open({ actors: given });

    const response = await fetch(`${opened.url}/text`);

    assert.deepEqual([response.status, await codeOf(response)], [404, "ERR_NO_SUCH_ACTOR"]);
  });

  it("are answered with what onRequest throws, as far as it is public", async () => {
    await using opened = await open();

    const inner = await fetch(`${opened.url}/throws`);
    const told = await fetch(`${opened.url}/denies`);
    const error = await fetch(`${opened.url}/error`);

    assert.deepEqual([inner.status, await codeOf(inner)], [500, "ERR_INTERNAL"]);
    assert.deepEqual([told.status, await codeOf(told)], [409, "CLOSED"]);
    assert.deepEqual([error.status, await codeOf(error)], [500, "ERR_INTERNAL"]);
  });
});

describe("headers of requests for onRequest", () => {
  const token = "correct-horse-battery";

  it("have no secrets and nothing of the connection", async () => {
    await using opened = await open({ auth: { [token]: { id: "alice" } } });
    await using anyone = await open({ auth: "anyone" });
    const headers = { authorization: `Bearer ${token}`, cookie: "a=b", "x-own": "1" };

    await fetch(`${opened.url}/text`, { headers });
    await fetch(`${anyone.url}/text`, { headers });

    const [first, second] = seen.map((request) =>
      ["authorization", "cookie", "connection", "x-own"].map((name) => request.headers.get(name)),
    );
    assert.deepEqual(first, [null, null, null, "1"]);
    assert.deepEqual(second, [`Bearer ${token}`, "a=b", null, "1"]);
  });

  it("of the response are those of the actor, except for the gateway's own", async () => {
    await using opened = await open();
    await using session = await open({ auth: () => ({ id: "alice" }) });

    const { headers } = await fetch(`${opened.url}/headers`);
    const other = await fetch(`${session.url}/headers`, { headers: { authorization: "Bearer x" } });

    const names = ["cache-control", "x-hop", "set-cookie", "content-length", "x-own"];
    assert.deepEqual(
      [...names, "access-control-allow-origin"].map((name) => headers.get(name)),
      ["max-age=60", null, null, null, "1", null],
    );
    assert.notEqual(headers.get("x-request-id"), "forged");
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(other.headers.get("set-cookie"), "a=b");
  });
});

describe("bodies of requests for onRequest", () => {
  const limits = { bodyBytes: 1_000 };

  it("that are announced as too large wake nothing", async () => {
    await using opened = await open({ limits });

    const response = await fetch(`${opened.url}/text`, { method: "POST", body: "z".repeat(MIB) });

    assert.deepEqual([response.status, await codeOf(response)], [413, "ERR_BODY_TOO_LARGE"]);
    assert.equal(seen.length, 0);
  });

  it("that turn out to be too large fail for the actor, and are answered with 413", async () => {
    await using opened = await open({ limits });
    const body = new Blob(["z".repeat(MIB)]).stream();

    const init = { method: "POST", body, duplex: "half" } as const;
    const response = await fetch(`${opened.url}/text`, init);
    const again = await opened.gateway.fetch(
      new Request(`${opened.url}/text`, { ...init, body: new Blob(["z".repeat(MIB)]).stream() }),
    );

    assert.deepEqual([response.status, await codeOf(response)], [413, "ERR_BODY_TOO_LARGE"]);
    assert.deepEqual([again.status, await codeOf(again)], [413, "ERR_BODY_TOO_LARGE"]);
  });

  it("that the actor does not read leave the connection usable", async () => {
    await using opened = await open();
    const socket = connect(opened.gateway.port ?? 0, "127.0.0.1");
    let answers = "";
    socket.on("data", (chunk) => {
      answers += chunk;
    });
    const head = (path: string): string =>
      `POST /actors/report/a,b/request/${path} HTTP/1.1\r\nHost: 127.0.0.1:${opened.gateway.port}\r\n`;

    socket.write(`${head("unread")}Content-Length: 500000\r\n\r\n${"z".repeat(500_000)}`);
    await until(() => answers.includes("unread"));
    socket.write(`${head("text")}Content-Length: 4\r\n\r\nnext`);

    await until(() => answers.includes("next"));
    socket.destroy();
  });
});

describe("streams of onRequest", () => {
  it("end when the client goes away", async () => {
    await using opened = await open();
    const response = await fetch(`${opened.url}/waits`);
    const reader = response.body?.getReader();
    await reader?.read();
    assert.equal(await isIdle(opened), false);

    await reader?.cancel();

    await eventually(() => isIdle(opened));
    assert.equal(seen[0]?.signal.aborted, true);
  });

  it("end when the actor ends, and the client is not told that they are complete", async () => {
    await using opened = await open();
    const response = await fetch(`${opened.url}/waits`);
    const reader = response.body?.getReader();
    await reader?.read();

    await opened.system.destroy(report, ["a", "b"]);

    await assert.rejects(async () => await reader?.read());
  });

  it("that fail cut the connection", async () => {
    await using opened = await open();

    const response = await fetch(`${opened.url}/breaks`);

    await assert.rejects(response.text());
  });

  it("are made as fast as a client reads them", async () => {
    await using opened = await open();
    const sent = nodeRequest(`${opened.url}/endless`);
    sent.end();
    const [response] = await once(sent, "response");
    response.pause();

    // Until the buffers of the system and of both sockets are full.
    let before = -1;
    await eventually(async () => {
      const isStill = pulled.bytes === before;
      before = pulled.bytes;
      for (let turn = 0; turn < 1_000; turn += 1) await new Promise(setImmediate);
      return isStill && pulled.bytes === before;
    });

    assert.ok(pulled.bytes < 32 * MIB, `${pulled.bytes} bytes`);
    sent.destroy();
    await eventually(() => isIdle(opened));
  });
});

describe("streams of onRequest by gateway.fetch", () => {
  it("are read one by one, and end when they are cancelled", async () => {
    await using opened = await open({ port: undefined });
    const url = "http://localhost/actors/report/a,b/request";

    const endlessly = await opened.gateway.fetch(new Request(`${url}/endless`));
    const reader = endlessly.body?.getReader();
    await reader?.read();
    await reader?.read();
    assert.equal(pulled.bytes, 2 * 65_536);
    await reader?.cancel();

    await eventually(() => isIdle(opened));
    assert.equal(seen[0]?.signal.aborted, true);
    const echo = await opened.gateway.fetch(
      new Request(`${url}/echo`, { method: "POST", body: "hello" }),
    );
    assert.deepEqual([echo.status, await echo.text()], [201, "hello"]);
  });

  it("end when the request is aborted", async () => {
    await using opened = await open({ port: undefined });
    const abort = new AbortController();
    const response = await opened.gateway.fetch(
      new Request("http://localhost/actors/report/a,b/request/waits", { signal: abort.signal }),
    );
    const reader = response.body?.getReader();
    await reader?.read();

    abort.abort();

    await assert.rejects(async () => await reader?.read());
    await eventually(() => isIdle(opened));
  });
});
