import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { consoleSpanProcessor } from "../../src/console.ts";
import { defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { until } from "../_support/actor-waiting.ts";
import { openConsole, StreamViewer } from "../_support/console-kit.ts";

const CANARY = "c4n4ry";

/** What holds the canary in a way that a redaction has to find. */
const carriers: Readonly<Record<string, unknown>> = {
  Authorization: `Bearer ${CANARY}`,
  headers: { Cookie: `sid=${CANARY}`, "set-cookie": [`sid=${CANARY}`], "X-Api-Key": CANARY },
  deep: { a: { b: { c: [{ client_secret: CANARY }, { access_token: CANARY }] } } },
  url: new URL(`http://user:${CANARY}@host/?token=${CANARY}`),
  "url.full": `http://user:${CANARY}@host/?token=${CANARY}`,
  "url.query": `page=2&api_key=${CANARY}`,
  "http.request.header.authorization": [`Bearer ${CANARY}`],
  "rpc.metadata.x-api-key": CANARY,
  "messaging.headers.token": CANARY,
  "db.connection_string": `Server=db;Password=${CANARY}`,
  "app.password": CANARY,
  body: `{"password":"${CANARY}"}`,
  map: new Map([["passphrase", CANARY]]),
  fetched: new Headers({ authorization: CANARY }),
  buffer: Buffer.from(CANARY),
};

function failure(): Error {
  return Object.assign(new Error(`failed at http://user:${CANARY}@host/?token=${CANARY}`), {
    config: { ...carriers },
    password: CANARY,
    request: { _header: `GET / HTTP/1.1\r\nAuthorization: Bearer ${CANARY}\r\n` },
  });
}

const leaky = defineActor("leaky", {
  state: () => ({ ...carriers, inner: { secret: CANARY }, text: `token=${CANARY}` }),
  handlers: {
    log(c) {
      c.log.info(carriers, `calling http://user:${CANARY}@host/?token=${CANARY}`);
      c.log.child(carriers).warn({ err: failure(), list: [carriers] }, "given %o", carriers);
    },
    trace() {
      const span = trace.getActiveSpan();
      for (const [key, value] of Object.entries(carriers)) {
        if (typeof value === "string" || Array.isArray(value)) span?.setAttribute(key, value);
      }
      span?.setStatus({ code: SpanStatusCode.ERROR, message: `token=${CANARY}` });
      span?.updateName(`GET /?token=${CANARY}`);
    },
    fail(): never {
      throw failure();
    },
    text(): never {
      throw `token=${CANARY}`;
    },
    ping: () => "pong",
  },
});

describe("a canary among the secrets of an application", () => {
  it("leaves the process by no door", async () => {
    const written: string[] = [];
    const telemetry = inMemoryTelemetry();
    const exported: unknown[] = [];
    const tracerProvider = new TracerProvider({
      spanProcessors: [
        consoleSpanProcessor(),
        new SimpleSpanProcessor({
          exporter: {
            export: (spans, done) => {
              exported.push(...spans.map(({ name, events, status }) => ({ name, events, status })));
              done({ code: 0 });
            },
            shutdown: () => Promise.resolve(),
          },
        }),
      ],
    });
    const logger = createLogger({
      level: "debug",
      destination: { write: (line) => written.push(line) },
    });
    const system = { ...telemetry.systemOptions, logger, tracing: { tracerProvider } };
    await using kit = await openConsole({ system, showState: true, allowActions: true });
    await using viewer = await StreamViewer.open(kit.console);
    const doors: Record<string, string> = {};

    const ref = kit.system.spawn(leaky);
    await ref.ask.log();
    await ref.ask.fail().catch(() => {});
    ref.tell.fail();
    ref.tell.text();
    await ref.ask.ping();
    const named = exported.length;
    await ref.ask.trace();

    doors["stdout"] = written.join("");
    doors["the spans of failures"] = JSON.stringify(exported.slice(0, named));
    const id = encodeURIComponent(ref.id);
    const { json: traces } = await kit.get("/api/traces?limit=100");
    const paths = [
      ...[
        "/api/summary",
        "/api/actors",
        `/api/actors/${id}`,
        "/api/logs?limit=1000",
        "/api/traces",
      ],
      ...["/api/waits", "/api/warnings", "/api/metrics"],
      ...traces.traces.map(({ traceId }: { traceId: string }) => `/api/traces/${traceId}`),
    ];
    for (const path of paths) doors[path] = (await kit.get(path)).text;
    for (const tool of ["actor", "logs", "traces"]) {
      const input = tool === "actor" ? { id: ref.id } : {};
      doors[`the tool ${tool}`] = (await callTool(kit, tool, input)).text;
    }
    for (const { traceId } of traces.traces) {
      doors[`the tool trace ${traceId}`] = (await callTool(kit, "trace", { id: traceId })).text;
    }
    await until(() => viewer.events.length > 2);
    doors["the stream"] = JSON.stringify(viewer.events);

    assert.ok(Object.keys(doors).length > 15);
    for (const [door, text] of Object.entries(doors)) {
      assert.ok(text.length > 2, door);
      const at = text.indexOf(CANARY);
      assert.equal(at, -1, `${door}: ${text.slice(Math.max(0, at - 200), at + 50)}`);
    }
  });
});

function callTool(
  kit: Awaited<ReturnType<typeof openConsole>>,
  name: string,
  input: object,
): Promise<{ readonly text: string }> {
  const params = { name, arguments: input };
  const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
  return kit.post("/mcp", body, { accept: "application/json, text/event-stream" });
}
