import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { createGateway, expose, type GatewayOptions, unchecked } from "../../src/gateway.ts";
import { defineKeyedActor, queue } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";
import { serve } from "../_support/app-server.ts";
import { type LogLine, logInto, openKit } from "../_support/gateway-kit.ts";
import { exchange } from "../_support/raw-http.ts";
import { until } from "../_support/telemetry-until.ts";

let reads = 0;
const file = defineKeyedActor("file", {
  state: () => 0,
  queues: { jobs: queue<number, number>() },
  handlers: { one: (_c, text: string) => text },
  async onRequest(_c, request) {
    reads += 1;
    return new Response(await request.text());
  },
});
const actors = [
  expose(file, { requests: ["POST"], calls: { one: unchecked }, queues: { jobs: unchecked } }),
];

interface Open extends AsyncDisposable {
  readonly port: number;
  readonly lines: readonly LogLine[];
  readonly levels: () => string;
  /** Whether no request is being answered, by the gateway and by actors. */
  readonly isIdle: () => boolean;
}

async function open(options: Partial<GatewayOptions> = {}): Promise<Open> {
  const lines: LogLine[] = [];
  const opened = openSystem({ logger: logInto(lines) });
  const gateway = await createGateway(opened.system, { actors, port: 0, ...options });
  const levels = (): string => Object.keys(opened.system.books().levels).join();
  return {
    port: gateway.port ?? 0,
    lines,
    levels,
    isIdle: () => !levels().includes("http."),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** A request with a body that may have more than it has said, or less. */
function requestOf(port: number, route: string, bytes: number, body: string): string {
  return (
    `POST /actors/file/a/${route} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n${body}`
  );
}

function send(port: number, text: string): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.write(text);
  return socket;
}

describe("a client that goes away while it is found out who it is", () => {
  for (const [route, body] of [
    ["ask/one", '["a'],
    ["ask/one", '["a"]'],
    ["request/x", "te"],
  ] as const) {
    it(`is not waited for: ${route} ${body}`, async () => {
      let asked = 0;
      const { promise, resolve } = Promise.withResolvers<{ readonly id: string }>();
      const auth = (): Promise<{ readonly id: string }> => {
        asked += 1;
        return promise;
      };
      await using opened = await open({ auth });
      const socket = send(opened.port, requestOf(opened.port, route, 5, body));
      await until(() => asked === 1, "the check of the caller");

      socket.destroy();
      await once(socket, "close");
      // The other end of the connection has closed, too.
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      resolve({ id: "alice" });

      await until(opened.isIdle, "the end of the request");
    });
  }

  it("is not refused for what is not known of it any more", async () => {
    await using kit = await openKit({ gateway: { port: undefined as never } });
    await using server = await serve(async (request, response) => {
      await once(response, "close");
      kit.gateway.handler(request, response);
    });
    const { port } = new URL(server.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(`GET /metadata HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    await once(socket, "connect");
    socket.end().destroySoon();

    const line = (name: string): LogLine | undefined =>
      kit.lines.find(({ event }) => event === name);
    await until(() => line("gateway.request") !== undefined, "the end of the request");
    assert.equal(line("gateway.request")?.["status"], 499);
    assert.equal(line("gateway.refused"), undefined);
  });

  it("is not waited for where its request is one of Fetch, nor is it an error of the server", async () => {
    await using kit = await openKit({ gateway: { port: undefined as never } });
    const url = "http://localhost/actors/cart/a/ask/add";
    const send = (signal: AbortSignal): Promise<Response> => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from("[")),
      });
      const headers = { "content-type": "application/json" };
      return kit.gateway.fetch(
        new Request(url, { method: "POST", headers, body, signal, duplex: "half" }),
      );
    };
    const controller = new AbortController();
    const aborted = send(controller.signal);
    const cut = send(new AbortController().signal);
    await new Promise(setImmediate);

    controller.abort();
    assert.equal((await aborted).status, 400);
    const report = await kit.gateway.close({ deadlineMs: 0 });

    assert.deepEqual([(await cut).status, report.unknown], [400, 1]);
    assert.deepEqual(kit.calls, []);
    assert.ok(!kit.lines.some(({ event }) => event === "gateway.internal_error"));
  });
});

describe("a client that goes away while it waits for the reply of a queue", () => {
  it("is no error of the server", async () => {
    await using opened = await open();
    const socket = send(opened.port, requestOf(opened.port, "queue/jobs?waitMs=9000", 1, "1"));
    await until(() => opened.levels().includes("actor.queue.depth"), "the message in the queue");

    socket.destroy();

    await until(opened.isIdle, "the end of the request");
    assert.ok(!opened.lines.some(({ event }) => event === "gateway.internal_error"));
  });
});

describe("a client whose body does not arrive in time", () => {
  it("is told that its request was not handled, but not if an actor has begun to read it", async () => {
    await using opened = await open({ limits: { requestTimeoutMs: 1_000 } });
    reads = 0;

    const [call, raw] = await Promise.all(
      ["ask/one", "request/x"].map((route) =>
        exchange(opened.port, requestOf(opened.port, route, 5, "12")),
      ),
    );

    assert.deepEqual(call?.statuses, [408]);
    assert.match(call?.text ?? "", /"not_handled"/);
    assert.deepEqual([raw?.text, reads], ["", 1]);
    await until(opened.isIdle, "the end of the requests");
  });
});
