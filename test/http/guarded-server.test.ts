import assert from "node:assert/strict";
import { Agent } from "node:http";
import { describe, it } from "node:test";
import { jsonContent, send, textContent } from "../../src/http/answers.ts";
import {
  type Answer,
  GuardedServer,
  type GuardedServerOptions,
} from "../../src/http/guarded-server.ts";
import { HttpCode, ProblemTable, Refusal } from "../../src/http/refusal.ts";
import { ask } from "../_support/demo-client.ts";
import { exchange, rawRequest } from "../_support/raw-http.ts";

const DEADLINE_MS = 5_000;
const LIMITS: GuardedServerOptions["limits"] = {
  maxHeaderBytes: 2_048,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  keepAliveMs: 5_000,
  maxConnections: undefined,
};

interface Opened extends AsyncDisposable {
  readonly server: GuardedServer;
  readonly faults: unknown[];
}

async function open(answer: Answer, options: Partial<GuardedServerOptions>): Promise<Opened> {
  const faults: unknown[] = [];
  const server = new GuardedServer(
    {
      host: "127.0.0.1",
      port: 0,
      limits: LIMITS,
      keepsProcess: false,
      headers: { "X-Always": "yes" },
      problems: new ProblemTable("ERR_", {}),
      refusalContent: ({ code, message }) => textContent(`${code} ${message}`),
      onFault: (error) => faults.push(error),
      ...options,
    },
    answer,
  );
  await server.listen();
  return { server, faults, [Symbol.asyncDispose]: () => server.close(DEADLINE_MS) };
}

const answer: Answer = (request, response) => send(response, 200, jsonContent(request.url));
const UPGRADE = ["Host: localhost", "Connection: Upgrade", "Upgrade: websocket"];

/** Asks by ever new connections, until none is accepted any more. */
async function askUntilRefused(url: string): Promise<never> {
  for (;;) await ask(url);
}

describe("a guarded server", () => {
  it("names its own limit to a request with too many bytes of headers", async () => {
    await using opened = await open(answer, {});
    const headers = ["Host: localhost", `X-A: ${"x".repeat(3_000)}`];

    const { statuses, text } = await exchange(opened.server.port, rawRequest("/", headers));

    assert.deepEqual(statuses, [431]);
    assert.match(text, /ERR_HEADERS_TOO_LARGE the headers have more than 2048 bytes/);
    assert.match(text, /X-Always: yes/);
  });

  it("answers a request for an upgrade as any other, if it takes none", async () => {
    await using opened = await open(answer, {});

    const headers = ["Host: localhost", "Connection: Upgrade, close", "Upgrade: websocket"];
    const { statuses } = await exchange(opened.server.port, rawRequest("/", headers));

    assert.deepEqual(statuses, [200]);
  });

  it("hands over the connection of an upgrade, and nothing else", async () => {
    await using opened = await open(answer, {
      onUpgrade: ({ url }, socket) => socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\n${url}`),
    });
    const { port } = opened.server;

    const upgraded = await exchange(port, rawRequest("/connect", UPGRADE));
    const plain = await exchange(port, rawRequest("/", ["Host: localhost", "Connection: close"]));

    assert.deepEqual([upgraded.statuses, plain.statuses], [[101], [200]]);
    assert.match(upgraded.text, /\/connect$/);
  });

  it("refuses an upgrade with its status and code, and shows nothing of other errors", async () => {
    const thrown = [
      new Refusal(HttpCode.CrossSite, "not from there", { headers: { "X-Why": "site" } }),
      new Error("swordfish"),
    ];
    await using opened = await open(answer, {
      onUpgrade: () => {
        throw thrown.shift();
      },
    });
    const { port } = opened.server;

    const refused = await exchange(port, rawRequest("/connect", UPGRADE));
    const failed = await exchange(port, rawRequest("/connect", UPGRADE));

    assert.deepEqual([refused.statuses, failed.statuses], [[403], [500]]);
    assert.match(refused.text, /X-Why: site[\s\S]*ERR_CROSS_SITE not from there/);
    assert.doesNotMatch(failed.text, /swordfish/);
    assert.equal(opened.faults.length, 1);
  });

  it("keeps its process running only if it is told to", async () => {
    for (const keepsProcess of [true, false]) {
      await using opened = await open(answer, { keepsProcess });
      const handles = process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap");

      assert.equal(handles.length, keepsProcess ? 1 : 0);
      await opened.server.close(DEADLINE_MS);
    }
  });

  it("answers one more request of a connection that is kept alive, within the grace of its close", async () => {
    await using opened = await open(answer, { limits: { ...LIMITS, graceMs: 60_000 } });
    const url = `http://127.0.0.1:${opened.server.port}/`;
    const agent = new Agent({ keepAlive: true });
    await ask(url, { agent });
    const closed = opened.server.close(DEADLINE_MS);
    await assert.rejects(askUntilRefused(url), { code: "ECONNREFUSED" });

    const { status, headers } = await ask(url, { agent });

    assert.deepEqual([status, headers.connection], [200, "close"]);
    await closed;
  });

  it("does not answer input that is no HTTP in the place of the request before it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using opened = await open(async (request, response) => {
      await promise;
      send(response, 200, jsonContent(request.url));
    }, {});
    const { port } = opened.server;

    const pipelined = await exchange(
      port,
      `${rawRequest("/", ["Host: localhost"])}NO HTTP\r\n\r\n`,
    );
    const alone = await exchange(port, "NO HTTP\r\n\r\n");
    resolve();

    assert.deepEqual([pipelined.statuses, alone.statuses], [[], [400]]);
  });

  it("closes when its last request is answered", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const opened = await open(
      async (request, response) => {
        arrive();
        await promise;
        send(response, 200, jsonContent(request.url));
      },
      { keepsProcess: true },
    );
    const pending = exchange(opened.server.port, rawRequest("/", ["Host: localhost"]));
    await arrived;

    const closed = opened.server.close(DEADLINE_MS);
    resolve();

    assert.deepEqual((await pending).statuses, [200]);
    await closed;
  });
});
