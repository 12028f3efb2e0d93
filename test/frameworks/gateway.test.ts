import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { FrameworkApp, PriceService } from "../_support/framework-app.ts";
import { FrameworkProject } from "../_support/framework-project.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import type { ReceivedSpan } from "../_support/preload-otlp-json.ts";

const SERVER = 2;
const ROUTE = "/api/actors/cart/{key}/ask/add";
const EXITED = [0, null];

/** Programs of `examples/frameworks/gateway`, and others that are made from them. */
const PROGRAMS = [
  "express.mjs",
  "express-before-json.mjs",
  "express-under-path.mjs",
  "hono.mjs",
  "fastify.mjs",
  "node-http.mjs",
  "alone.mjs",
];

let project: FrameworkProject;
before(async () => {
  project = await FrameworkProject.create();
  const express = readFileSync(join(project.directory, "gateway/express.mjs"), "utf8");
  const parser = "app.use(express.json());";
  const mount = "app.use(gateway.handler);";
  assert.ok(express.includes(parser) && express.includes(mount));
  const others = {
    "express-before-json": express.replace(parser, "").replace(mount, `${mount} ${parser}`),
    "express-under-path": express.replace(mount, 'app.use("/api", gateway.handler);'),
  };
  for (const [name, text] of Object.entries(others)) project.write(`gateway/${name}.mjs`, text);
});

interface Seen {
  readonly answer: Response;
  readonly lines: unknown;
  readonly other: string;
  /** Kind of the first message on a WebSocket. */
  readonly greeting: string;
  readonly spans: readonly ReceivedSpan[];
  readonly traceparent: string | undefined;
  readonly end: readonly (number | string | null)[];
  readonly stderr: string;
}

/** Opens a WebSocket of the gateway, and closes it after the first answer. */
async function greet(url: string | URL): Promise<string> {
  const target = new URL("/api/connect", url);
  target.protocol = "ws:";
  const socket = new WebSocket(target, "limelight");
  await once(socket, "open");
  socket.send('{"t":"hello","v":[1]}');
  const [{ data }] = (await once(socket, "message")) as [{ readonly data: string }];
  socket.close();
  await once(socket, "close");
  return JSON.parse(data).t;
}

/** Starts a program, calls its actor and another path, and ends it. */
async function see(program: string, instrumentations: string | undefined): Promise<Seen> {
  await using receiver = await OtlpReceiver.start();
  await using prices = await PriceService.start();
  const args = ["--import", "limelight/preload", `gateway/${program}`];
  const env =
    instrumentations === undefined ? {} : { LIMELIGHT_INSTRUMENTATIONS: instrumentations };
  await using app = new FrameworkApp({ project, receiver, prices, args, env });
  const url = await app.url();
  const answer = await fetch(new URL("/api/actors/cart/alice/ask/add", url), {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": "request-1" },
    body: '["lamp", 2]',
  });
  const lines = await answer.json();
  const { traceId } = await receiver.until("the request's span", () =>
    receiver.spans.find(
      ({ kind, attributes }) => kind === SERVER && attributes["http.route"] === ROUTE,
    ),
  );
  const other = await (await fetch(url)).text();
  const greeting = await greet(url);
  const end = await app.stop();
  const spans = receiver.trace(traceId);
  return {
    answer,
    lines,
    other,
    greeting,
    spans,
    traceparent: prices.traceparents[0],
    end,
    stderr: app.stderr,
  };
}

describe("a gateway", { concurrency: 2 }, () => {
  for (const program of PROGRAMS) {
    for (const instrumentations of [undefined, "none"]) {
      const how = instrumentations === undefined ? "instrumented" : "not instrumented";
      it(`answers as part of the application, with one SERVER span (${program}, ${how})`, async () => {
        const seen = await see(program, instrumentations);
        const { answer, lines, other, greeting, spans, traceparent, end, stderr } = seen;

        assert.equal(answer.status, 200);
        assert.deepEqual(lines, [{ item: "lamp", quantity: 2, cents: 500 }]);
        assert.equal(other, program === "alone.mjs" ? other : "the shop");
        assert.equal(greeting, "welcome");
        const servers = spans.filter(({ kind }) => kind === SERVER);
        const [server] = servers;
        assert.equal(servers.length, 1);
        assert.equal(server?.attributes["http.route"], ROUTE);
        assert.equal(server?.attributes["actor.request.id"], "request-1");
        const isOwn = program === "alone.mjs" || instrumentations === "none";
        assert.equal(server?.scope === "limelight", isOwn, server?.scope);
        assert.match(
          answer.headers.get("traceresponse") ?? "",
          new RegExp(`^00-${server?.traceId}-`),
        );
        const names = new Set(spans.map(({ name }) => name));
        assert.ok(names.has("cart.add"), [...names].join());
        if (instrumentations === undefined)
          assert.ok(traceparent?.includes(server?.traceId ?? "-"));
        assert.deepEqual([end, stderr], [EXITED, ""]);
      });
    }
  }
});
