import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { context, createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";
import { jsonContent, send, textContent } from "../../src/http/answers.ts";
import type { Answer } from "../../src/http/guarded-server.ts";
import { HostMatch } from "../../src/http/host-guard.ts";
import { LoopbackServer } from "../../src/http/loopback-server.ts";
import { HttpCode, ProblemTable, Refusal } from "../../src/http/refusal.ts";
import { securityHeaders } from "../../src/http/security-headers.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { ask } from "../_support/console-kit.ts";
import { exchange, rawRequest } from "../_support/raw-http.ts";

const DEADLINE_MS = 5_000;

interface Opened extends AsyncDisposable {
  readonly server: LoopbackServer;
  readonly faults: unknown[];
}

async function open(answer: Answer, port = 0): Promise<Opened> {
  const faults: unknown[] = [];
  const server = new LoopbackServer(
    {
      host: "127.0.0.1",
      port,
      match: HostMatch.Exact,
      allowedHosts: [],
      advice: "there are no others",
      maxConnections: 8,
      headers: securityHeaders(),
      problems: new ProblemTable("ERR_TEST_", { ERR_TEST_OWN: 409 }),
      refusalContent: ({ code, message }) => textContent(`${code} ${message}`),
      onFault: (error) => faults.push(error),
    },
    answer,
  );
  await server.listen();
  return { server, faults, [Symbol.asyncDispose]: () => server.close(DEADLINE_MS) };
}

describe("a loopback server", () => {
  it("answers refusals with their status, code and headers, under its own prefix", async () => {
    const refusals = [
      new Refusal(HttpCode.NotFound, "nothing here"),
      new Refusal("ERR_TEST_OWN", "not now", { headers: { "Retry-After": "1" } }),
      new Refusal("ERR_TEST_UNKNOWN", "no row in the table"),
    ];
    await using opened = await open(() => {
      throw refusals.shift();
    });
    const { port } = opened.server;

    const answers = [await ask(port, "/"), await ask(port, "/"), await ask(port, "/")];

    assert.deepEqual(
      answers.map(({ status, text, headers }) => [status, text, headers["retry-after"]]),
      [
        [404, "ERR_TEST_NOT_FOUND nothing here\n", undefined],
        [409, "ERR_TEST_OWN not now\n", "1"],
        [500, "ERR_TEST_UNKNOWN no row in the table\n", undefined],
      ],
    );
    assert.deepEqual(opened.faults, []);
  });

  it("tells clients nothing of other errors, and notes them", async () => {
    const fault = new Error("the password is swordfish");
    await using opened = await open(() => Promise.reject(fault));

    const { status, text } = await ask(opened.server.port, "/");

    assert.equal(status, 500);
    assert.doesNotMatch(text, /swordfish/);
    assert.deepEqual(opened.faults, [fault]);
  });

  it("cuts an answer that goes wrong half-way", async () => {
    await using opened = await open((_request, response) => {
      response.write("half");
      throw new Error("broken");
    });
    const { port } = opened.server;

    const { text } = await exchange(port, rawRequest("/", [`Host: localhost:${port}`]));

    assert.doesNotMatch(text, /broken|went wrong/);
  });

  it("sends its security headers also with what it could not parse", async () => {
    await using opened = await open(() => {});

    const { text, statuses } = await exchange(opened.server.port, "no http\r\n\r\n");

    assert.deepEqual(statuses, [400]);
    assert.match(text, /X-Content-Type-Options: nosniff\r\n/);
    assert.match(text, /\r\n\r\nERR_TEST_BAD_REQUEST /);
  });

  it("answers outside of the span and context it was made in", async () => {
    const telemetry = inMemoryTelemetry();
    const key = createContextKey("creator");
    assert.notEqual(telemetry, undefined);
    const seen: unknown[] = [];
    const made = context.with(ROOT_CONTEXT.setValue(key, "creator"), () =>
      open((_request, response) => {
        seen.push(context.active().getValue(key));
        send(response, 200, jsonContent({}));
      }),
    );
    await using opened = await made;

    await context.with(ROOT_CONTEXT.setValue(key, "client"), () => ask(opened.server.port, "/"));

    assert.deepEqual(seen, [undefined]);
  });

  it("says which port is taken, and keeps the cause", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };

    await assert.rejects(
      open(() => {}, port),
      { name: "PortError", code: "EADDRINUSE", port, message: /^port \d+ on 127.0.0.1 is taken$/ },
    );
    other.close();
  });

  it("can be closed twice, and when it does not listen", async () => {
    await using opened = await open(() => {});
    const { server } = opened;
    const { port } = server;

    await Promise.all([server.close(DEADLINE_MS), server.close(DEADLINE_MS)]);

    await assert.rejects(ask(port, "/"), { code: "ECONNREFUSED" });
  });

  it("finishes answers under way when it is closed, and says that the connection ends", async () => {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await using opened = await open(async (_request, response) => {
      begun.resolve();
      await gate.promise;
      send(response, 200, textContent("late"));
    });
    const { server } = opened;
    const answer = ask(server.port, "/");
    await begun.promise;

    const closed = server.close(DEADLINE_MS);
    gate.resolve();

    assert.equal((await answer).text, "late\n");
    await closed;
  });

  it("cuts answers that are not finished at the deadline", async () => {
    const begun = Promise.withResolvers<void>();
    await using opened = await open(() => begun.resolve());
    const answer = ask(opened.server.port, "/");
    await begun.promise;

    const closed = opened.server.close(1);

    await assert.rejects(answer, { code: "ECONNRESET" });
    await closed;
  });
});
